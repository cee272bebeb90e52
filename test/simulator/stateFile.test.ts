import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ORG, Rig } from './rig';

let folder: string;
let rig: Rig;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'simulator-'));
  rig = new Rig(path.join(folder, 'state'));
  await rig.start();
});
afterEach(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true });
});

describe('a simulator with a state file', () => {
  it('goes on after a restart with its tasks, the cancels that it accepted and its access tokens', async () => {
    const taskId = await rig.addTask({ settlesAfterMs: 10_000 });
    await rig.cancel(taskId);
    await rig.restart();
    expect((await rig.get(taskId)).body).toMatchObject({ id: taskId, status: 'CANCELING' });
    rig.nowMs += 10_000;
    expect((await rig.get(taskId)).body).toMatchObject({ status: 'CANCELED' });
  });

  it('keeps its log of calls, with their answers, and goes on with it', async () => {
    const taskId = await rig.addTask();
    await rig.get(taskId);
    const before = await rig.calls();
    await rig.restart();
    expect(await rig.calls()).toEqual(before);
    await rig.cancel(taskId);
    expect(await rig.calls()).toEqual([...before, expect.objectContaining({ operation: 'cancelTask', status: 200 })]);
  });

  it('keeps its settings, and forgets what a reset forgot', async () => {
    await rig.control('PATCH', '/settings', { apiTokens: ['the-one'] });
    await rig.restart();
    expect((await rig.signInWithApiToken('another')).status).toBe(400);
    await rig.addTask();
    await rig.control('DELETE', '');
    await rig.restart();
    expect((await rig.signInWithApiToken('another')).status).toBe(200);
    expect((await rig.control('GET', '/tasks')).body).toEqual([]);
  });

  it('keeps the fate of every task, vanished ones included', async () => {
    const iso = (afterMs: number) => new Date(rig.nowMs + afterMs).toISOString();
    const canceled = { orgId: ORG, taskId: 'a', status: 'CANCELED', endedAt: iso(3_000), vanishesAt: null };
    const vanished = { orgId: ORG, taskId: 'b', status: 'STARTED', endedAt: null, vanishesAt: iso(1_000) };
    await rig.addTask({ settlesAfterMs: 3_000 }, { taskId: 'a' });
    await rig.addTask({ vanishesAfterMs: 1_000 }, { taskId: 'b' });
    await rig.cancel('a');
    rig.nowMs += 5_000;
    await rig.restart();
    expect((await rig.control('GET', '/tasks')).body).toEqual([canceled, vanished]);
  });
});
