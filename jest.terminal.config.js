const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** What only a real terminal shows. It needs tmux: not part of `npm test`, and failing without it. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 90_000,
  projects: [{ ...withTemporal, displayName: 'terminal', testRegex: '/test/terminal/.*\\.test\\.ts$' }],
};
