/** The folder whose mutants are tested: `MUTATE=vmc npm run mutation`. */
const folder = (process.env.MUTATE ??= 'domain');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [`${folder}/**/*.ts`],
  testRunner: 'inProcess',
  plugins: ['./test/mutation/testRunner.mjs'],
  coverageAnalysis: 'perTest',
  // What only loading a module runs, such as its constants and schemas, is a pass of its own: each
  // of those mutants loads the sources anew.
  ignoreStatic: process.env.STATIC === undefined,
  concurrency: 2,
  dryRunTimeoutMinutes: 20,
  timeoutMS: 15_000,
  timeoutFactor: 1.5,
  ignorePatterns: ['.cache', 'dist', 'docs', 'deploy'],
  tempDirName: '.cache/stryker/sandboxes',
  incremental: true,
  incrementalFile: `.cache/stryker/${folder}.json`,
  reporters: ['progress-append-only', 'clear-text', 'html'],
  clearTextReporter: {
    allowColor: false,
    allowEmojis: false,
    logTests: false,
    reportTests: false,
  },
  htmlReporter: { fileName: `.cache/stryker/${folder}.html` },
};
