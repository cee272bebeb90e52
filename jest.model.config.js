const {
  projects: [{ globalSetup: _, ...alone }],
} = require('./jest.config.js');

/** The model alone, in a copy of the sources: it needs no build of them. */
/** @type {import('jest').Config} */
module.exports = { ...alone, testRegex: '/test/model/core\\.test\\.ts$' };
