const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** Metrics and alerts. It needs prometheus and promtool: not part of `npm test`, and failing without. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 90_000,
  projects: [{ ...withTemporal, displayName: 'observability', testRegex: '/test/observability/.*\\.test\\.ts$' }],
};
