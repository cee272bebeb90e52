const { projects, ...shared } = require('./jest.config');

/** The tests that need a browser: not part of `npm test`, and failing without one. */
/** @type {import('jest').Config} */
module.exports = {
  ...shared,
  // A browser page beside a server, a worker and a simulator waits longer than any other test.
  testTimeout: 120_000,
  projects: [{ ...projects[0], displayName: 'ui', testRegex: '/test/ui/.*\\.test\\.ts$' }],
};
