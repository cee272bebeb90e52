import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { CancelTaskProgress, WatchEvent } from '../../client';
import { CancellationClient } from '../../client';
import { workflowId } from '../../domain/contract/names';
import { FAST, ORG, Stage } from '../stage/stage';

let stage: Stage;
let client: CancellationClient;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
  client = stage.client;
}, 180_000);
afterAll(() => stage.end());

async function eventsOf(id: { orgId: string; taskId: string }): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch(id)) events.push(event);
  return events;
}

describe('start', () => {
  it('starts a cancellation under the contract’s workflow id, and its result is the API’s verdict', async () => {
    const ids = await stage.task({ settlesAfterMs: 500 });
    const started = await client.start({ ...ids, ...FAST });
    expect(started).toMatchObject({ ...ids, workflowId: workflowId(ids), joined: false, differences: [] });
    expect(await client.result(ids)).toMatchObject({ outcome: 'CANCELED', taskId: ids.taskId });
  });

  it('starts once where two start at the same time, and tells the other that it joined', async () => {
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    const both = await Promise.all([client.start(ids), client.start(ids)]);
    expect(both.map(({ joined }) => joined).toSorted()).toEqual([false, true]);
    expect(new Set(both.map(({ runId }) => runId)).size).toBe(1);
  });

  it.each(['orgId', 'taskId'] as const)('starts once for a UUID in either case (%s)', async (name) => {
    const ids = await stage.task({ settlesAfterMs: 500 }, randomUUID());
    const loud = { ...ids, [name]: ids[name].toUpperCase() };
    const started = await client.start({ ...loud, ...FAST });
    expect(started).toMatchObject({ ...ids, workflowId: workflowId(ids), joined: false });
    expect(await client.start({ ...ids, ...FAST })).toMatchObject({ runId: started.runId, joined: true });
    expect(await client.progress(loud)).toMatchObject(ids);
    expect(await client.result(workflowId(loud))).toMatchObject({ outcome: 'CANCELED', ...ids });
  });

  it('tells which options of the running one differ, defaults filled in and durations compared as such', async () => {
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    await client.start({ ...ids, deadline: '6h', reason: 'maintenance', poll: { min: '30s' } });
    const { joined, differences } = await client.start({ ...ids, deadline: '360m', onDeclined: 'retry' });
    expect(joined).toBe(true);
    expect(differences).toEqual([
      { option: 'onDeclined', running: 'return', asked: 'retry' },
      { option: 'poll.min', running: 30_000, asked: 10_000 },
      { option: 'reason', running: 'maintenance', asked: null },
    ]);
  });

  it('starts anew after the one before is over', async () => {
    const ids = await stage.task({ settlesAfterMs: 0 });
    const first = await client.start({ ...ids, ...FAST });
    await client.result(ids);
    const second = await client.start(ids);
    expect(second.joined).toBe(false);
    expect(second.runId).not.toBe(first.runId);
    expect(await client.result(ids)).toMatchObject({ alreadySettled: true });
  });

  it('refuses an input that is not valid before anything is sent, with every problem', async () => {
    const input = { orgId: 'a/b', taskId: 'x', deadline: 'banana' };
    await expect(client.start(input)).rejects.toMatchObject({
      type: 'InvalidInput',
      problems: [expect.stringMatching(/^orgId: /), expect.stringMatching(/^deadline: /)],
    });
  });

  it('gives the run a summary and details in which foreign Markdown is text', async () => {
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    await client.start({ ...ids, reason: '<img src=x>', requestedBy: 'alice' });
    const connection = await Connection.connect({ address: stage.server.address });
    const run = await new Client({ connection }).workflow.getHandle(workflowId(ids)).describe();
    expect(await run.staticSummary()).toBe(`Cancel task ${ids.taskId} in org ${ORG}`);
    expect(await run.staticDetails()).toContain('- Reason: `<img src=x>`\n- Requested by: `alice`\n');
    await connection.close();
  });
});

describe('progress, describe and the updates', () => {
  let ids: { orgId: string; taskId: string };
  beforeAll(async () => {
    ids = await stage.task({ settlesAfterMs: 60_000 });
    await client.start(ids);
  });

  it('ask by ids and by workflow id alike', async () => {
    const [byIds, byWorkflowId] = await Promise.all([client.progress(ids), client.progress(workflowId(ids))]);
    expect(byIds).toMatchObject(ids);
    expect(byWorkflowId.startedAt).toBe(byIds.startedAt);
    expect(await client.describe(ids)).toMatchObject({ ...ids, status: 'running' });
  });

  it('answer with the progress after the update took effect', async () => {
    const before = await client.progress(ids);
    const later = await client.extendDeadline(ids, { by: '2h', requestedBy: 'alice' });
    expect(Date.parse(later.deadlineAt) - Date.parse(before.deadlineAt)).toBe(2 * 3_600_000);
    expect((await client.pollNow(ids)).polls).toBeGreaterThan(later.polls);
    expect((await client.reissueCancel(ids)).cancelRequests).toBe(2);
    const stopped = await client.stopMonitoring(ids, { reason: 'enough' });
    expect(stopped.phase).toBe('SETTLED');
    expect(await client.describe(ids)).toMatchObject({ status: 'completed', result: { outcome: 'ABANDONED' } });
  });

  it('refuse an update to a cancellation that is over', async () => {
    const over = await stage.task({ settlesAfterMs: 0 });
    await client.start({ ...over, ...FAST });
    await client.result(over);
    await expect(client.pollNow(over)).rejects.toMatchObject({ type: 'AlreadyOver' });
  });

  it('tell an argument out of range, whether this side or the worker notices it', async () => {
    const running = await stage.task({ settlesAfterMs: 60_000 });
    await client.start(running);
    await expect(client.extendDeadline(running, {})).rejects.toMatchObject({ type: 'InvalidInput' });
    await expect(client.extendDeadline(running, { by: '29.5d' })).rejects.toMatchObject({
      type: 'UpdateRejected',
      message: expect.stringContaining('must not be later'),
    });
  });

  it('say of a task that was never cancelled that it was not', async () => {
    const never = { orgId: ORG, taskId: 'never' };
    const all = [client.progress(never), client.describe(never), client.result(never), client.pollNow(never)];
    for (const one of all)
      await expect(one).rejects.toMatchObject({ type: 'NotStarted', workflowId: workflowId(never) });
    await expect(eventsOf(never)).rejects.toMatchObject({ type: 'NotStarted' });
  });
});

describe('a run that fails', () => {
  it('is told with the type and the message of its failure', async () => {
    const ids = { orgId: ORG, taskId: 'not-at-the-api' };
    await client.start(ids);
    await expect(client.result(ids)).rejects.toMatchObject({ type: 'RunFailed', failure: { type: 'TaskNotFound' } });
    await expect(eventsOf(ids)).rejects.toMatchObject({ type: 'RunFailed', failure: { type: 'TaskNotFound' } });
    expect(await client.describe(ids)).toMatchObject({ status: 'failed', failure: { type: 'TaskNotFound' } });
  });

  it('is told as terminated where somebody terminated it', async () => {
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    await client.start(ids);
    const connection = await Connection.connect({ address: stage.server.address });
    await new Client({ connection }).workflow.getHandle(workflowId(ids)).terminate('by hand');
    await connection.close();
    const failure = { type: 'Terminated', message: 'by hand' };
    expect(await client.describe(ids)).toMatchObject({ status: 'failed', failure });
  });
});

describe('watch', () => {
  it('brings the progress as it changes, and at last the result', async () => {
    const ids = await stage.task({ settlesAfterMs: 4_000 });
    await client.start({ ...ids, ...FAST });
    const events = await eventsOf(ids);
    const progress = events.flatMap((event): CancelTaskProgress[] =>
      event.kind === 'progress' ? [event.progress] : [],
    );
    expect(progress.length).toBeGreaterThanOrEqual(2);
    expect(new Set(progress.map((one) => JSON.stringify(one))).size).toBe(progress.length);
    expect(events.filter(({ kind }) => kind === 'settled')).toEqual([events.at(-1)]);
    expect(events.at(-1)).toMatchObject({ result: { outcome: 'CANCELED' } });
  });

  it('ends with the signal’s reason, and the cancellation goes on', async () => {
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    await client.start(ids);
    const leaving = new AbortController();
    const watching = async () => {
      for await (const event of client.watch(ids, { signal: leaving.signal }))
        if (event.kind === 'progress') leaving.abort();
    };
    await expect(watching()).rejects.toMatchObject({ name: 'AbortError' });
    expect(await client.describe(ids)).toMatchObject({ status: 'running' });
  });
});

describe('list', () => {
  it('gives the cancellations of an organization with what became of them', async () => {
    const ids = await stage.task({ settlesAfterMs: 0, settlesAs: 'FINISHED' });
    await client.start({ ...ids, ...FAST });
    await client.result(ids);
    // The list follows the runs with a little delay.
    let found: Awaited<ReturnType<CancellationClient['list']>> = [];
    while (!found.some(({ taskId }) => taskId === ids.taskId))
      found = await client.list({ orgId: ORG, outcome: 'FINISHED' });
    expect(found).toEqual([
      expect.objectContaining({ ...ids, status: 'completed', taskStatus: 'FINISHED', outcome: 'FINISHED' }),
    ]);
    expect(await client.list({ orgId: ORG, limit: 2 })).toHaveLength(2);
    expect(await client.list({ orgId: 'nobody' })).toEqual([]);
  });
});

describe('using', () => {
  it('works on a client that the caller has, and leaves its connection open', async () => {
    const connection = await Connection.connect({ address: stage.server.address });
    const borrowed = CancellationClient.using(new Client({ connection }));
    const ids = await stage.task({ settlesAfterMs: 60_000 });
    await borrowed.start(ids);
    await borrowed.close();
    await connection.workflowService.getSystemInfo({});
    await connection.close();
  });
});
