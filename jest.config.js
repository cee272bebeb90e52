/** Packages without CommonJS: Node loads them by require, jest does not. */
const ES_MODULES = [
  'p-queue',
  'p-timeout',
  'eventemitter3',
  'string-width',
  'get-east-asian-width',
  'strip-ansi',
  'ansi-regex',
].join('|');

const shared = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    [`/node_modules/(${ES_MODULES})/.+\\.js$`]: ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
};

/** The folders whose tests need no Temporal: they alone start without its executables. */
const WITHOUT_TEMPORAL = [
  'domain',
  'files',
  'model',
  'chaos',
  'malformed',
  'vmc',
  'activities',
  'simulator',
  'bench',
].join('|');

/** What a machine may lack, a browser, a terminal, nginx or Prometheus, has a command of its own. */
const OF_THEIR_OWN = ['ui', 'terminal', 'http', 'observability', 'restore', 'rotation', 'image', 'compose'].join('|');

/** @type {import('jest').Config} */
module.exports = {
  // Most tests wait, on servers and processes, more than they compute.
  maxWorkers: 4,
  testSequencer: '<rootDir>/test/environment/longestFirst.js',
  // A test that waits for ever has to end; a slow machine has not to fail one.
  testTimeout: 90_000,
  projects: [
    {
      ...shared,
      displayName: 'alone',
      testRegex: `/test/(${WITHOUT_TEMPORAL})/.*\\.test\\.ts$`,
      globalSetup: '<rootDir>/test/environment/build.ts',
    },
    {
      ...shared,
      displayName: 'temporal',
      testRegex: `/test/(?!(${WITHOUT_TEMPORAL}|${OF_THEIR_OWN})/).*\\.test\\.ts$`,
      globalSetup: '<rootDir>/test/environment/globalSetup.ts',
    },
  ],
};
