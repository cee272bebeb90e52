const { projects } = require('./jest.config.js');

const withTemporal = projects.find(({ displayName }) => displayName === 'temporal');

/** The images, built and run. It needs docker and, without a registry, debootstrap: not part of `npm test`. */
/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 180_000,
  projects: [
    {
      ...withTemporal,
      displayName: 'image',
      testRegex: '/test/image/.*\\.test\\.ts$',
      globalSetup: '<rootDir>/test/image/globalSetup.ts',
    },
  ],
};
