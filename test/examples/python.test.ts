import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cancelTaskResultSchema } from '../../domain/contract/result';
import type { ChildProcess } from '../stage/childProcess';
import { EXAMPLES, startExample } from './example';
import { pythonPackages } from './pythonPackages';
import { Stage } from '../stage/stage';

const EXAMPLE = path.join(EXAMPLES, 'start_cancellation.py');
/** The first run on a machine downloads the SDK. */
const INSTALL_TIME_LIMIT_MS = 11 * 60_000;

let packages: string;
let stage: Stage;
beforeAll(async () => {
  packages = await pythonPackages();
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
}, INSTALL_TIME_LIMIT_MS);
afterAll(() => stage.end());

function start(...args: string[]): ChildProcess {
  return startExample('python3', [EXAMPLE, ...args], { ...stage.environment, PYTHONPATH: packages });
}

function resultOf(example: ChildProcess) {
  return cancelTaskResultSchema.parse(JSON.parse(example.stdout));
}

it('prints the result and exits 0 when the task is canceled', async () => {
  const { orgId, taskId } = await stage.task({ settlesAfterMs: 0 });
  const example = start(orgId, taskId, '--reason', 'the wrong region');
  expect(await example.exitCode).toBe(0);
  expect(resultOf(example)).toMatchObject({ outcome: 'CANCELED', orgId, taskId, reason: 'the wrong region' });
});

it('exits by the outcome', async () => {
  const { orgId, taskId } = await stage.task({ onCancel: 'decline' });
  const example = start(orgId, taskId);
  expect(await example.exitCode).toBe(12);
  expect(resultOf(example).outcome).toBe('NOT_CANCELABLE');
});

it('joins the cancellation of the same task that runs, whose options stay', async () => {
  const ids = await stage.task({ onCancel: 'ignore' });
  await stage.client.start({ ...ids, reason: 'the first to ask' });
  // A UUID is one id in either case.
  const example = start(ids.orgId, ids.taskId.toUpperCase(), '--reason', 'the second');
  await example.printed(`waiting for vmc-cancel:${ids.orgId}:${ids.taskId}`, 'stderr');
  await stage.client.stopMonitoring(ids);
  expect(await example.exitCode).toBe(14);
  expect(resultOf(example)).toMatchObject({ outcome: 'ABANDONED', reason: 'the first to ask' });
});

it('tells what is wrong with the input, and exits 1', async () => {
  const { orgId, taskId } = await stage.task();
  const example = start(orgId, taskId, '--deadline', 'banana');
  expect(await example.exitCode).toBe(1);
  expect(example.stderr).toMatch(/^InvalidInput: .*deadline/m);
  expect(example.stdout).toBe('');
});

it('names the address when Temporal cannot be reached, and exits 1', async () => {
  const example = startExample('python3', [EXAMPLE, 'org-1', 'task-1'], {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PYTHONPATH: packages,
  });
  expect(await example.exitCode).toBe(1);
  expect(example.stderr).toMatch(/^Temporal at 127\.0\.0\.1:1: /m);
});

it('tells how it is used', async () => {
  const example = start('--help');
  expect(await example.exitCode).toBe(0);
  expect(example.stdout).toContain('ORG TASK');
});
