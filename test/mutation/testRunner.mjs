import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';

/** Whose tests judge the mutants of a folder. */
const JUDGES = { domain: ['domain', 'model'], vmc: ['vmc', 'activities'] };
const SOURCES = ['domain', 'files', 'vmc', 'activities'];
/** Seconds each: they come last, and not at all where `QUICK` is set. */
const SLOW = /(core|verdicts|batch|client|foreignText|answerBody|tunnel)\.test\.ts$/;

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'inProcess', () => new InProcessRunner())];

/**
 * Runs the tests of a folder in Stryker's own process, which loads them once: a mutant costs what
 * its tests take until one fails. Stryker's runner of jest starts jest for each, and runs all.
 */
class InProcessRunner {
  root = process.cwd();
  /** What the instrumented sources count in, and learn from which mutant is active. */
  stryker = (globalThis.__stryker__ = {});
  /** Loaded with no mutant, or null. */
  tests = null;

  async init() {
    this.engine = createRequire(import.meta.url)('./inProcess.cjs');
    this.files = JUDGES[process.env.MUTATE].flatMap((folder) =>
      readdirSync(path.join(this.root, 'test', folder), { recursive: true })
        .filter((name) => name.endsWith('.test.ts') && !(process.env.QUICK && SLOW.test(name)))
        .map((name) => path.join('test', folder, name)),
    );
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const coverage = (this.stryker.mutantCoverage = { static: {}, perTest: {} });
    const results = await this.engine.runTests(this.loaded(), {
      bail: false,
      enter: ({ test, block }) => {
        this.stryker.currentTestId = test?.id ?? (block && BEFORE_ALL);
        if (test) share(coverage, test, this.tests);
      },
    });
    delete coverage.perTest[BEFORE_ALL];
    return { status: DryRunStatus.Complete, tests: results.map(testResult), mutantCoverage: coverage };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, sandboxFileName, reloadEnvironment }) {
    Object.assign(this.stryker, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    const judges = reloadEnvironment ? this.reloading(activeMutant, sandboxFileName) : [this.chosen(testFilter)];
    const results = [];
    for (const judge of judges) {
      this.stryker.activeMutant = activeMutant.id;
      results.push(...(await this.judged(judge)));
      if (results.some(({ failure }) => failure !== undefined)) break;
    }
    this.stryker.activeMutant = undefined;
    const timeout = determineHitLimitReached(this.stryker.hitCount, hitLimit);
    return timeout ?? toMutantRunResult({ status: DryRunStatus.Complete, tests: results.map(testResult) }, disableBail);
  }

  loaded() {
    this.engine.forget(this.root, SOURCES);
    return (this.tests = this.files.flatMap((file) => this.engine.load(this.root, file)));
  }

  chosen(filter) {
    const tests = (this.tests ?? this.loaded()).filter(({ id }) => filter.includes(id));
    return tests.toSorted((one, other) => SLOW.test(one.block.file) - SLOW.test(other.block.file));
  }

  /** The tests of each file, loaded with the mutant active: it changes what a module defines. */
  *reloading(mutant, mutated) {
    this.tests = null;
    this.stryker.activeMutant = mutant.id;
    this.engine.forget(this.root, SOURCES);
    const distance = (file) => distanceTo(path.relative(this.root, mutated), file);
    for (const file of this.files.toSorted((one, other) => distance(one) - distance(other)))
      yield () => this.engine.load(this.root, file);
  }

  /** A file that does not even load with the mutant kills it. */
  async judged(judge) {
    try {
      const tests = typeof judge === 'function' ? judge() : judge;
      return await this.engine.runTests(tests, { bail: true, enter: () => undefined });
    } catch (error) {
      return [{ test: { id: 'loading', block: { file: 'loading' } }, failure: String(error), timeSpentMs: 0 }];
    }
  }
}

const BEFORE_ALL = 'before all';

/** What the hooks before the tests of a file cover, each of them covers. */
function share({ perTest }, test, tests) {
  const shared = perTest[BEFORE_ALL];
  if (shared === undefined) return;
  for (const { id } of tests.filter(({ block }) => block.file === test.block.file))
    perTest[id] = Object.assign(perTest[id] ?? {}, shared);
  delete perTest[BEFORE_ALL];
}

function testResult({ test: { id, block }, failure, timeSpentMs }) {
  const result = { id, name: id, fileName: block.file, timeSpentMs };
  return failure === undefined
    ? { ...result, status: TestStatus.Success }
    : { ...result, status: TestStatus.Failed, failureMessage: failure };
}

function distanceTo(mutated, file) {
  const { dir, name } = path.parse(mutated);
  if (SLOW.test(file)) return 3;
  if (path.basename(file).startsWith(`${name}.`)) return 0;
  return path.dirname(file).endsWith(path.basename(dir)) ? 1 : 2;
}
