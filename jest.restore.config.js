const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** A database restored from a backup. It waits for minutes on purpose: not part of `npm test`. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 600_000,
  projects: [{ ...withTemporal, displayName: 'restore', testRegex: '/test/restore/.*\\.test\\.ts$' }],
};
