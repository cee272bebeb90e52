const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** Temporal's HTTP API. It needs curl, jq and nginx: not part of `npm test`, and failing without. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 90_000,
  projects: [{ ...withTemporal, displayName: 'http', testRegex: '/test/http/.*\\.test\\.ts$' }],
};
