const { projects } = require('./jest.config.js');

const alone = projects.find(({ displayName }) => displayName === 'alone');

/** The compose file, for real: by hand. It needs docker with compose and, without a registry, debootstrap and Go. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 900_000,
  projects: [{ ...alone, displayName: 'compose', testRegex: '/test/compose/.*\\.test\\.ts$' }],
};
