/** The folder whose mutants are tested: `MUTATE=vmc npm run mutation`. */
const folder = (process.env.MUTATE ??= 'domain');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [`${folder}/**/*.ts`],
  testRunner: process.env.JEST || folder === 'workflows' ? 'jest' : 'inProcess',
  plugins: ['@stryker-mutator/jest-runner', './test/mutation/testRunner.mjs'],
  jest: { configFile: 'jest.mutation.config.js', enableFindRelatedTests: folder !== 'workflows' },
  coverageAnalysis: folder === 'workflows' ? 'off' : 'perTest',
  ignoreStatic: folder !== 'workflows' && process.env.STATIC === undefined,
  concurrency: 2,
  // jest keeps some memory of every run.
  maxTestRunnerReuse: 200,
  timeoutMS: 15_000,
  timeoutFactor: 1.5,
  ignorePatterns: ['.cache', 'dist', 'docs', 'deploy'],
  tempDirName: '.cache/stryker/sandboxes',
  incremental: true,
  incrementalFile: `.cache/stryker/${folder}.json`,
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `.cache/stryker/${folder}.html` },
  jsonReporter: { fileName: `.cache/stryker/${folder}.report.json` },
};
