import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { run } from '../../development/run';
import type { ChildProcess } from '../stage/childProcess';
import { EXAMPLES, startExample } from './example';
import { Stage } from '../stage/stage';

const EXAMPLE = path.join(EXAMPLES, 'start-cancellation.ts');
/** In it `vmc-cancel` is the client in this repository. */
const PROJECT = path.join(EXAMPLES, 'tsconfig.json');
const TYPE_CHECK_TIME_LIMIT_MS = 120_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
});
afterAll(() => stage.end());

function start(...args: string[]): ChildProcess {
  const environment = { ...stage.environment, TSX_TSCONFIG_PATH: PROJECT };
  return startExample(process.execPath, ['--import', 'tsx', EXAMPLE, ...args], environment);
}

it(
  'is free of type errors',
  async () => {
    const checked = await run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', PROJECT], {
      env: process.env,
      timeLimitMs: TYPE_CHECK_TIME_LIMIT_MS,
    });
    expect(checked).toEqual({ output: '', failure: null });
  },
  TYPE_CHECK_TIME_LIMIT_MS,
);

it('cancels a task and prints the result', async () => {
  const { orgId, taskId } = await stage.task({ settlesAfterMs: 0 });
  const example = start(orgId, taskId);
  expect(await example.exitCode).toBe(0);
  expect(example.stderr).toContain(`started vmc-cancel:${orgId}:${taskId}`);
  expect(example.stdout).toMatch(/outcome: 'CANCELED'/);
});

it('says why there is no verdict, and exits 1', async () => {
  const { orgId, taskId } = await stage.task();
  await stage.controls.addFault({ operation: 'cancelTask', taskId, times: 1, status: 403 });
  const example = start(orgId, taskId);
  expect(await example.exitCode).toBe(1);
  expect(example.stderr).toContain('Forbidden: ');
});
