const Module = require('node:module');
const path = require('node:path');
const { expect } = require('expect');
const { ModuleMocker } = require('jest-mock');
require('tsx/cjs');

// To kill a mutant any counterexample will do: to look for the smallest takes longest.
require('fast-check').configureGlobal({ endOnFailure: true });

/** The describe blocks and tests of the file that is loading. */
let block;

const isBelow = (folder, file) => file.startsWith(folder + path.sep) && !file.includes('node_modules');

/** As jest does, every file gets the test modules anew; of the sources there is one instance. */
function forget(root, folders) {
  for (const file of Object.keys(require.cache))
    if (folders.some((folder) => isBelow(path.join(root, folder), file))) delete require.cache[file];
}

/** The tests of a file, each with the hooks around it. */
function load(root, file) {
  forget(root, ['test', 'development', 'simulator']);
  block = newBlock('', null);
  block.file = file;
  require(path.join(root, file));
  return [...testsOf(block)];
}

function newBlock(name, parent) {
  return {
    name,
    parent,
    file: parent?.file,
    entries: [],
    hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
  };
}

function* testsOf({ entries }) {
  for (const entry of entries)
    if ('entries' in entry) yield* testsOf(entry);
    else yield entry;
}

function describe(name, define) {
  const parent = block;
  block = newBlock(name, parent);
  parent.entries.push(block);
  define();
  block = parent;
}

function it(name, run, timeoutMs = 30_000) {
  const names = [name];
  for (let outer = block; outer !== null; outer = outer.parent) names.unshift(outer.name);
  const same = block.entries.filter((entry) => entry.plain === name).length;
  const id = `${block.file}: ${names.filter(Boolean).join(' ')}${same ? ` (${same})` : ''}`;
  block.entries.push({ id, plain: name, run, timeoutMs, block });
}

for (const define of [describe, it])
  define.each = (table) => (name, run, timeoutMs) => {
    const rows = table.every(Array.isArray) ? table : table.map((value) => [value]);
    rows.forEach((row) => define(name, () => run(...row), timeoutMs));
  };

const hooks = Object.fromEntries(
  ['beforeAll', 'beforeEach', 'afterEach', 'afterAll'].map((kind) => [
    kind,
    (hook) => {
      block.hooks[kind].push(hook);
    },
  ]),
);

const mocker = new ModuleMocker(globalThis);
const jest = {
  setTimeout: () => undefined,
  fn: mocker.fn.bind(mocker),
  spyOn: mocker.spyOn.bind(mocker),
  restoreAllMocks: () => mocker.restoreAllMocks(),
};

const jestGlobals = { describe, it, test: it, expect, jest, ...hooks };
const loadModule = Module._load;
Module._load = function (request, ...more) {
  return request === '@jest/globals' ? jestGlobals : loadModule.call(this, request, ...more);
};

/** The blocks around a test, the outermost first. */
function around(test) {
  const blocks = [];
  for (let outer = test.block; outer !== null; outer = outer.parent) blocks.unshift(outer);
  return blocks;
}

/** Runs tests until one fails. `enter` is told whose code runs: a test's, or a hook's of several. */
async function runTests(tests, { enter, bail }) {
  const results = [];
  const entered = [];
  const leave = async (until) => {
    for (let index = entered.length - 1; index >= until; index -= 1) await all(entered.splice(index)[0].hooks.afterAll);
  };
  for (const test of tests) {
    const beganAtMs = performance.now();
    let failure;
    try {
      const blocks = around(test);
      const common = blocks.findIndex((outer, index) => entered[index] !== outer);
      await leave(common === -1 ? blocks.length : common);
      enter({ block: test.block });
      for (const outer of blocks.slice(entered.length)) {
        entered.push(outer);
        await all(outer.hooks.beforeAll);
      }
      enter({ test });
      await within(test.timeoutMs, async () => {
        for (const outer of blocks) await all(outer.hooks.beforeEach);
        try {
          await test.run();
        } finally {
          for (const outer of blocks.toReversed()) await all(outer.hooks.afterEach);
        }
      });
    } catch (error) {
      failure = String(error?.message ?? error);
    }
    enter({});
    results.push({ test, failure, timeSpentMs: performance.now() - beganAtMs });
    if (failure !== undefined && bail) break;
  }
  await leave(0);
  return results;
}

async function all(hooks) {
  for (const hook of hooks) await hook();
}

async function within(ms, work) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

module.exports = { forget, load, runTests };
