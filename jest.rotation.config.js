const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** Temporal's credentials. It needs nginx and openssl: not part of `npm test`, and failing without. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 180_000,
  projects: [{ ...withTemporal, displayName: 'rotation', testRegex: '/test/rotation/.*\\.test\\.ts$' }],
};
