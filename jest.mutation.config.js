const {
  projects: [{ globalSetup: _, ...alone }],
} = require('./jest.config.js');

/** What judges the mutants of a folder, in a copy of the sources: it needs no build of them. */
const JUDGES = {
  domain: process.env.FIRST ? 'domain/(?!cancellation/verdicts)' : 'domain|model',
  vmc: 'vmc|activities',
  workflows: 'workflows',
};

/** @type {import('jest').Config} */
module.exports = {
  ...alone,
  testTimeout: 30_000,
  ...(process.env.MUTATE === 'workflows' && { globalSetup: require.resolve('./test/mutation/bundle.ts') }),
  testRegex: `/test/(${JUDGES[process.env.MUTATE]}).*\\.test\\.ts$`,
  testEnvironment: require.resolve('./test/mutation/failFastEnvironment.js'),
  setupFiles: [require.resolve('./test/mutation/firstCounterexample.js')],
  runner: require.resolve('./test/mutation/failFastRunner.js'),
};
