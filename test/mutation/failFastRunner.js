const path = require('node:path');
const { default: TestRunner } = require('jest-runner');

/**
 * Ends a run with the first test file that fails: a mutant is killed once, and Stryker's own
 * runner goes on to the last. The files closest to the mutated one come first, the slowest last.
 */
module.exports = class FailFastRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    let failed = false;
    this.on('test-file-success', ([, { numFailingTests, testExecError }]) => {
      failed ||= numFailingTests > 0 || testExecError != null;
    });
    this.on('test-file-failure', () => {
      failed = true;
    });
    const { nonFlagArgs } = this._globalConfig;
    for (const test of tests.toSorted((one, other) => distance(one, nonFlagArgs) - distance(other, nonFlagArgs))) {
      if (failed) return;
      await super.runTests([test], watcher, options);
    }
  }
};

/** From a test to the file whose mutant is tested: Stryker names it. */
function distance({ path: test }, [mutated = '']) {
  const { dir, name } = path.parse(mutated);
  if (test.endsWith('model/core.test.ts')) return 3;
  if (test.endsWith('workflows/replay.test.ts')) return 0;
  if (!path.dirname(test).endsWith(path.basename(dir))) return 2;
  return path.basename(test).startsWith(`${name}.`) ? 0 : 1;
}
