import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { normalised } from '../cli/documentedCommands';
import { built } from '../environment/build';
import { Stage } from '../stage/stage';

const ROOT = path.join(__dirname, '..', '..');
const bash = promisify(execFile);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

/** Enough for all commands before the watch. */
const SETTLES_AFTER_MS = 40_000;

interface Step {
  command: string;
  output: string;
}

/** What the README has a newcomer type, and what it says that comes of it. */
function documentedSteps(): Step[] {
  const document = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...document.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split(/^\$ /m).flatMap((text) => {
      const [command = '', ...output] = text.split('\n');
      return command === '' ? [] : [{ command, output: output.join('\n') }];
    }),
  );
}

/** The build under test, for the one that `npm ci` makes. */
const NPX = `npx() { shift; '${process.execPath}' '${built('cli/main.js')}' "$@"; }`;

/**
 * One shell for all, so that what one command sets is there for the next; a mark tells their
 * outputs apart.
 */
async function outputsOf(commands: readonly string[]): Promise<string[]> {
  const mark = '--- next ---';
  const script = [NPX, 'set -e', ...commands.map((command) => `${command}\necho '${mark}'`)].join('\n');
  const here = script
    .replaceAll('http://127.0.0.1:8480', stage.simulator.url)
    // Nothing but the wait differs.
    .replaceAll('"settlesAfterMs":90000', `"settlesAfterMs":${SETTLES_AFTER_MS}`);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TEMPORAL_ADDRESS: stage.server.address };
  const { stdout, stderr } = await bash('bash', ['-c', here], { cwd: ROOT, env });
  expect(stderr).toBe('');
  return stdout.split(`${mark}\n`).slice(0, -1);
}

/** What a slow machine sees later, or not at all: a read that is due, an estimate that ran down. */
const PASSING = /^(next poll|estimate) {2}.*\n/gm;
const VARYING = /^(progress|phase|waiting for|requested by) {2}.*/gm;
const PERCENT = /\b\d+ %/g;

/** Three that start at once come in any order, and each has its pace. */
function comparable(output: string): string[] {
  return normalised(output.replace(PASSING, '').replace(VARYING, '$1').replace(PERCENT, '<percent>'))
    .split('\n')
    .map((line) => line.trim())
    .toSorted();
}

describe('the first steps of the README', () => {
  it('do and print what stands there', async () => {
    const steps = documentedSteps();
    const verbs = steps.flatMap(({ command }) => /^npx vmc-cancel (\w+)/.exec(command)?.[1] ?? []);
    expect(verbs).toEqual(['start', 'list', 'extend', 'stop', 'watch', 'status']);
    const outputs = await outputsOf(steps.map(({ command }) => command));
    for (const [index, { command, output }] of steps.entries())
      expect({ command, printed: comparable(outputs[index] ?? '') }).toEqual({ command, printed: comparable(output) });
  }, 240_000);
});
