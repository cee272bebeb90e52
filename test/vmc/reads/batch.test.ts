import { describe, expect, it } from '@jest/globals';
import type { ReadAnswer } from '../../../domain/contract/answers';
import { SharedReadsWorld, WITHIN_MS } from './sharedReadsWorld';
import { limits, until } from '../world';

const TURN_MS = 17;
const ACTIVE = { kind: 'task', task: { status: 'STARTED' } };

/** Reads of these tasks that are held, and then answered at the grid's instant. */
async function together(world: SharedReadsWorld, ...taskIds: string[]): Promise<ReadAnswer[]> {
  return world.passTimeUntil(Promise.all(taskIds.map((taskId) => world.read(taskId))));
}

/** The answer to a read that nobody held: it went out in its turn. */
async function notHeld(world: SharedReadsWorld, taskId: string, timeLimitMs?: number): Promise<ReadAnswer> {
  const beganAtMs = world.clock.nowMs();
  const answer = await world.passTimeUntil(world.read(taskId, {}, limits(timeLimitMs)));
  expect(world.clock.nowMs() - beganAtMs).toBeLessThanOrEqual(TURN_MS);
  return answer;
}

/** A world with two watched tasks, `a` and `b`. */
async function withTwo(options: Parameters<typeof SharedReadsWorld.create>[0] = {}): Promise<SharedReadsWorld> {
  const world = await SharedReadsWorld.create(options);
  await world.watching('a', 'b');
  await world.newCalls();
  return world;
}

describe('a scheduled read', () => {
  it('of the only task that is watched goes out at once', async () => {
    const world = await SharedReadsWorld.create();
    await world.addTask('a');
    for (let turn = 0; turn < 3; turn += 1) expect(await notHeld(world, 'a')).toMatchObject(ACTIVE);
    expect(await world.newCalls()).toEqual(['a', 'a', 'a']);
  });

  it('is held, and shares one list with the others that are due before the next instant', async () => {
    const world = await withTwo();
    const reads = Promise.all([world.read('a'), world.read('b'), world.read('b')]);
    expect(world.clock.untilNextMs).toBeLessThanOrEqual(WITHIN_MS);
    await world.quiet();
    expect(await world.newCalls()).toEqual([]);
    expect(await world.passTimeUntil(reads)).toMatchObject([
      { task: { id: 'a', status: 'STARTED' } },
      { task: { id: 'b', status: 'STARTED' } },
      { task: { id: 'b' } },
    ]);
    expect(await world.newCalls()).toEqual(['list']);
    expect(decodeURIComponent((await world.listPath()) ?? '')).toMatch(
      /\?\$filter=\(status eq 'STARTED'\) or \(status eq 'CANCELING'\)$/,
    );
  });

  it('is held for the grid at the longest, which is another one for another organisation', async () => {
    const waits = new Set<number>();
    for (const orgId of ['one', 'two', 'three']) {
      const world = await SharedReadsWorld.create();
      for (const taskId of ['a', 'b']) await world.read(taskId, { orgId, alone: true });
      const read = world.read('a', { orgId });
      waits.add(world.clock.untilNextMs);
      await world.passTimeUntil(read);
    }
    expect(waits.size).toBe(3);
    expect(Math.max(...waits)).toBeLessThanOrEqual(WITHIN_MS);
  });

  it('that waits alone at its instant is a single one', async () => {
    const world = await withTwo();
    await together(world, 'a');
    expect(await world.newCalls()).toEqual(['a']);
  });

  it('is held for one that was just cancelled, but not for one whose cancel found it over', async () => {
    const world = await SharedReadsWorld.create();
    await world.addTask('a');
    await world.addTask('over', { endsAfterMs: 0 });
    for (const taskId of ['a', 'over']) await world.cancel(taskId);
    expect(await notHeld(world, 'a')).toMatchObject({ task: { status: 'CANCELING' } });
    await world.addTask('b');
    await world.cancel('b');
    await world.newCalls();
    await together(world, 'a', 'b');
    expect(await world.newCalls()).toEqual(['list']);
  });

  it('is held for nobody who was last read two minutes ago', async () => {
    const world = await withTwo();
    world.clock.advance(121_000);
    expect(await notHeld(world, 'a')).toMatchObject(ACTIVE);
  });

  it('is held for nobody whose task is over', async () => {
    const world = await SharedReadsWorld.create();
    await world.addTask('a');
    await world.addTask('b', { endsAfterMs: 0 });
    expect(await world.read('b', { alone: true })).toMatchObject({ task: { status: 'FINISHED' } });
    expect(await notHeld(world, 'a')).toMatchObject(ACTIVE);
  });

  it('is never held where sharing is off', async () => {
    const world = await withTwo({ withinMs: 0 });
    await together(world, 'a', 'b');
    expect((await world.newCalls()).sort()).toEqual(['a', 'b']);
    expect(world.clock.nowMs()).toBeLessThanOrEqual(2 * TURN_MS);
  });

  it('that has no time to be held and read singly after a list goes out at once', async () => {
    const world = await withTwo();
    expect(await notHeld(world, 'a', 5_000)).toMatchObject(ACTIVE);
  });

  it('is held for no longer than it has the patience for, and those who wait already go with it', async () => {
    const world = await withTwo();
    const patient = world.read('a');
    const impatient = world.read('b', { holdMs: 100 });
    expect(world.clock.untilNextMs).toBeLessThanOrEqual(100);
    await world.passTimeUntil(impatient);
    expect(world.clock.nowMs()).toBeLessThanOrEqual(100);
    expect(await patient).toMatchObject(ACTIVE);
    expect(await world.newCalls()).toEqual(['list']);
    // What held them is over with it.
    expect(world.clock.untilNextMs).toBe(Infinity);
  });

  it('without any patience goes out at once', async () => {
    const world = await withTwo();
    const beganAtMs = world.clock.nowMs();
    await world.passTimeUntil(world.read('a', { holdMs: 0 }));
    expect(world.clock.nowMs() - beganAtMs).toBeLessThanOrEqual(TURN_MS);
  });

  it('tells when the next one is best asked for: just after an instant, so that it meets others at the next', async () => {
    const world = await withTwo();
    const [answer] = await together(world, 'a', 'b');
    const told = answer?.kind === 'task' ? answer.together : undefined;
    if (told === undefined) throw new Error('nothing was told');
    world.clock.advance(60_000 - told.sinceMs);
    for (const alone of ['a', 'b']) await world.read(alone, { alone: true });
    await world.newCalls();
    const reads = [world.read('a')];
    world.clock.advance(1_000);
    reads.push(world.read('b'));
    await world.passTimeUntil(Promise.all(reads));
    expect(await world.newCalls()).toEqual(['list']);
  });

  it('tells so too when it was alone at its instant, but neither when nobody held it, nor while the list is of no use', async () => {
    const world = await withTwo();
    expect(await together(world, 'a')).toMatchObject([{ together: { gridShare: 1, withinMs: WITHIN_MS } }]);
    expect(await world.read('a', { alone: true })).not.toHaveProperty('together');
    await world.fault({ operation: 'listTasks', times: 1, status: 403 });
    for (const answer of await together(world, 'a', 'b')) expect(answer).not.toHaveProperty('together');
    expect(await notHeld(world, 'a')).not.toHaveProperty('together');
  });

  it('tells of the narrower a grid, the more are watched: about 80 of them at an instant', async () => {
    const world = await SharedReadsWorld.create();
    const ids = Array.from({ length: 320 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await Promise.all(ids.map((id) => world.read(id, { alone: true })));
    expect(await together(world, 'task-0', 'task-1')).toMatchObject([{ together: { gridShare: 0.25 } }, ACTIVE]);
  });

  it('is not answered by a list that was sent before it began', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, delayMs: 300 });
    const first = Promise.all([world.read('a'), world.read('b')]);
    world.clock.advance(world.clock.untilNextMs);
    let late: ReadAnswer | null = null;
    const reading = world.read('a').then((answer) => (late = answer));
    await first;
    await world.quiet();
    expect(late).toBeNull();
    expect(await world.newCalls()).toEqual(['list']);
    await world.passTimeUntil(reading);
    expect(await world.newCalls()).toEqual(['a']);
  });

  it('that is cancelled while it is held ends at once, and nothing is sent for it', async () => {
    const world = await withTwo();
    const cancellation = new AbortController();
    const reason = new Error('cancelled');
    const cancelled = world.read('a', {}, limits(10_000, cancellation.signal));
    const other = world.read('b');
    cancellation.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await world.passTimeUntil(other);
    expect(await world.newCalls()).toEqual(['b']);
  });
});

describe('a read that is to go out alone', () => {
  it('is single and at once, whoever else is watched', async () => {
    const world = await withTwo();
    expect(await world.read('a', { alone: true })).toMatchObject(ACTIVE);
    expect(await world.newCalls()).toEqual(['a']);
    expect(world.clock.nowMs()).toBe(0);
  });

  it('goes out while the others wait for what a Retry-After asked for', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 503, headers: { 'Retry-After': '60' } });
    await world.read('a', { alone: true });
    expect(await world.read('b')).toMatchObject({ kind: 'failed' });
    expect(await world.read('b', { alone: true })).toMatchObject(ACTIVE);
  });
});

describe('only a single read says how a task ended', () => {
  it('one that is over is read once by itself, after the list that told nothing of it', async () => {
    const world = await withTwo();
    await world.addTask('c', { settlesAfterMs: 0 });
    await world.read('c', { alone: true });
    await world.cancel('c');
    await world.newCalls();
    const answers = await together(world, 'a', 'b', 'c');
    expect(answers).toMatchObject([ACTIVE, ACTIVE, { task: { id: 'c', status: 'CANCELED' } }]);
    expect(await world.newCalls()).toEqual(['list', 'c']);
  });

  it.each<[string, unknown[]]>([
    ['as over', [{ id: 'b', status: 'CANCELED' }]],
    ['in a status that nobody knows', [{ id: 'b', status: 'PAUSED' }]],
    ['without a status', [{ id: 'b' }]],
  ])('one that the list shows %s is read by itself', async (_, items) => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, body: [{ id: 'a', status: 'CANCELING' }, ...items] });
    expect(await together(world, 'a', 'b')).toMatchObject([{ task: { status: 'CANCELING' } }, ACTIVE]);
    expect(await world.newCalls()).toEqual(['list', 'b']);
  });

  it('one whose single read failed after a list is read singly at once the next time', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, body: [{ id: 'a', status: 'STARTED' }] });
    await world.fault({ operation: 'getTask', taskId: 'b', times: 1, status: 503 });
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, { kind: 'failed' }]);
    expect(await notHeld(world, 'b')).toMatchObject(ACTIVE);
  });
});

describe('a list that is of no use', () => {
  it.each<[string, object]>([
    ['refused', { status: 400 }],
    ['slow', { delayMs: 2_000 }],
    ['huge', { body: Array.from({ length: 5_001 }, (_, n) => ({ id: `t${n}`, status: 'STARTED' })) }],
    ['wrong', { body: ['a', 'b', 'b'].map((id) => ({ id, status: 'CANCELING' })) }],
    ['wrong', { body: ['a', 'b'].map((id) => ({ id, status: 'CANCELING', org_id: id })) }],
  ])('(%s) is made up for by single reads, and not asked for again for five minutes', async (reason, fault) => {
    // A limit as short as this would make any list a slow one on a busy machine.
    const world = await withTwo(reason === 'slow' ? { listLimitMs: 100 } : {});
    await world.fault({ operation: 'listTasks', times: 1, ...fault });
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b', 'list']);
    expect(world.reported).toEqual([`org-1 ${reason} 300000`]);
    expect(await notHeld(world, 'a')).toMatchObject(ACTIVE);
    expect(await notHeld(world, 'b')).toMatchObject(ACTIVE);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b']);
  });

  it('is not one that fails for a moment: reads are single for once, and from the second failure in a row for half a minute', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, status: 503 });
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b', 'list']);
    await together(world, 'a', 'b');
    expect(await world.newCalls()).toEqual(['list']);
    await world.fault({ operation: 'listTasks', times: 2, status: 503 });
    await together(world, 'a', 'b');
    expect(world.reported).toEqual([]);
    await together(world, 'a', 'b');
    expect(world.reported).toEqual(['org-1 refused 30000']);
  });

  it('loses trust by what is wrong with it and by what may pass apart from one another', async () => {
    const world = await withTwo();
    const failing = async (times: number, status: number) => {
      await world.fault({ operation: 'listTasks', times, status });
      for (let lists = 0; lists < times; lists += 1) await together(world, 'a', 'b');
    };
    const passed = async (ms: number) => {
      world.clock.advance(ms);
      for (const taskId of ['a', 'b']) await world.read(taskId, { alone: true });
    };
    await failing(2, 503);
    await passed(30_000);
    // Not twice as long for a cool-down of the other kind, and not the third failure in a row.
    await failing(1, 403);
    await passed(300_000);
    await failing(1, 503);
    const lost = ['org-1 refused 30000', 'org-1 restored', 'org-1 refused 300000', 'org-1 restored'];
    expect(world.reported).toEqual(lost);
  });

  it('is one that stands still: after fifteen the next is checked by a single read, and no later list may tell of what that saw the end of', async () => {
    const world = await withTwo();
    for (const id of ['c', 'd']) await world.addTask(id, { endsAfterMs: 0 });
    await world.addTask('new');
    await world.addTask('over', { endsAfterMs: 0 });
    const body = ['a', 'b', 'c', 'd'].map((id) => ({ id, status: 'STARTED' }));
    await world.fault({ operation: 'listTasks', times: 100, body });
    // That it does not tell of others, over or not, is no sign that it moves.
    for (const other of ['new', 'over'])
      for (let lists = 0; lists < (other === 'new' ? 8 : 7); lists += 1)
        expect((await together(world, 'a', 'c', 'd', other)).slice(0, 3)).toMatchObject([ACTIVE, ACTIVE, ACTIVE]);
    // Whoever was read singly longest ago.
    const over = { task: { status: 'FINISHED' } };
    expect(await together(world, 'a', 'c', 'd')).toMatchObject([ACTIVE, over, ACTIVE]);
    world.clock.advance(8_000);
    // As long as a list may lag behind, it is believed.
    expect(await together(world, 'b', 'd')).toMatchObject([ACTIVE, ACTIVE]);
    expect(world.reported).toEqual([]);
    world.clock.advance(3_000);
    expect(await together(world, 'b', 'd')).toMatchObject([ACTIVE, over]);
    expect(world.reported).toEqual(['org-1 wrong 300000']);
  });

  it('is asked for again after it, with twice the time before the next if it is of no use again', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 6, status: 403 });
    for (let failures = 0; failures < 6; failures += 1) {
      await together(world, 'a', 'b');
      world.clock.advance(Math.min(300_000 * 2 ** failures, 3_600_000));
      for (const taskId of ['a', 'b']) await world.read(taskId, { alone: true });
    }
    const minutes = [5, 10, 20, 40, 60, 60];
    expect(world.reported).toEqual(minutes.flatMap((m) => [`org-1 refused ${m * 60_000}`, 'org-1 restored']));
    await world.newCalls();
    await together(world, 'a', 'b');
    expect(await world.newCalls()).toEqual(['list']);
    await world.fault({ operation: 'listTasks', times: 1, status: 403 });
    await together(world, 'a', 'b');
    expect(world.reported.at(-1)).toBe('org-1 refused 300000');
  });

  it('is one that tells, twice in a row, of none of those who go on', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, body: [] });
    await together(world, 'a', 'b');
    await together(world, 'a', 'b');
    await world.fault({ operation: 'listTasks', times: 2, body: [] });
    await together(world, 'a', 'b');
    expect(world.reported).toEqual([]);
    await together(world, 'a', 'b');
    expect(world.reported).toEqual(['org-1 wrong 300000']);
  });

  it('is not one that tells of nobody because they are over', async () => {
    const world = await withTwo();
    for (const round of [1, 2, 3]) {
      const ids = [`c${round}`, `d${round}`];
      for (const id of ids) await world.addTask(id, { endsAfterMs: 0 });
      expect(await together(world, ...ids)).toMatchObject(ids.map(() => ({ task: { status: 'FINISHED' } })));
    }
    expect(world.reported).toEqual([]);
  });
});

/** The most calls of any second. */
function busiestSecond(sentAtMs: readonly number[]): number {
  return Math.max(...sentAtMs.map((fromMs) => sentAtMs.filter((ms) => ms >= fromMs && ms < fromMs + 1_000).length));
}

describe('the budget of an organisation', () => {
  it('is 75 calls in any second, a thousand reads in one instant and a list that fails included', async () => {
    const world = await SharedReadsWorld.create();
    const ids = Array.from({ length: 1_000 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await world.read('task-0', { alone: true });
    await world.fault({ operation: 'listTasks', times: 1, status: 403 });
    world.sentAtMs.length = 0;
    // As the workflow does: what was put off comes back at the time that it was told.
    const untilAnswered = async (taskId: string): Promise<number> => {
      for (let asked = 1; asked <= 10; asked += 1) {
        const answer = await world.read(taskId);
        if (answer.kind === 'task') return asked;
        expect(answer.failure).toMatchObject({ type: 'RateLimited', retryable: true });
        await new Promise<void>((back) => world.clock.after(answer.failure.retryAfterMs ?? NaN, back));
      }
      throw new Error(`${taskId} was put off again and again`);
    };
    const asked = await world.passTimeUntil(Promise.all(ids.map(untilAnswered)));
    expect(world.sentAtMs).toHaveLength(1_001);
    expect(busiestSecond(world.sentAtMs)).toBeLessThanOrEqual(75);
    expect(Math.max(...asked)).toBeLessThanOrEqual(3);
    expect(world.clock.nowMs()).toBeLessThan(30_000);
  });

  it('has twelve scheduled single reads in flight at the most', async () => {
    const world = await SharedReadsWorld.create({ withinMs: 0 });
    const ids = Array.from({ length: 20 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await world.fault({ operation: 'getTask', times: 20, delayMs: 200 });
    const reads = Promise.all(ids.map((id) => world.read(id)));
    world.clock.advance(1_000);
    await until(() => world.sentAtMs.length > 0);
    world.clock.advance(1_000);
    expect(world.sentAtMs).toHaveLength(12);
    await world.passTimeUntil(reads);
    expect(world.sentAtMs).toHaveLength(20);
  });

  it('is not waited for any more, nor moves the return of others, by one that was cancelled', async () => {
    const world = await SharedReadsWorld.create({ withinMs: 0 });
    const ids = Array.from({ length: 13 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    const cancellation = new AbortController();
    await world.fault({ operation: 'getTask', times: 12, delayMs: 200 });
    const inFlight = Promise.all(ids.slice(1).map((id) => world.read(id)));
    world.clock.advance(1_000);
    await until(() => world.sentAtMs.length > 0);
    world.clock.advance(1_000);
    expect(world.sentAtMs).toHaveLength(12);
    const cancelled = world.read('task-0', {}, limits(10_000, cancellation.signal));
    expect(world.clock.untilNextMs).toBeLessThan(Infinity);
    cancellation.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(world.clock.untilNextMs).toBe(Infinity);
    await inFlight;
    expect(world.sentAtMs).toHaveLength(12);
  });

  it('is spent on nothing before a Retry-After is over, whoever it was told to', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '30' } });
    await together(world, 'a');
    await world.newCalls();
    world.clock.advance(10_000);
    expect(await Promise.all([world.read('b'), world.read('a'), world.read('b')])).toMatchObject([
      { failure: { type: 'RateLimited', retryable: true, retryAfterMs: 20_000 } },
      { failure: { retryAfterMs: 20_200 } },
      { failure: { retryAfterMs: 20_400 } },
    ]);
    expect(await world.newCalls()).toEqual([]);
    expect(world.reported).toEqual(['org-1 paused 30000']);
    world.clock.advance(20_000);
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
  });

  it('waits as well for what a cancel was told', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'cancelTask', times: 1, status: 429, headers: { 'Retry-After': '30' } });
    await world.cancel('a');
    expect(await world.read('b')).toMatchObject({ failure: { type: 'RateLimited', retryAfterMs: 30_000 } });
    expect(await world.newCalls()).toEqual([]);
  });

  it('waits for what a cancel is told whose answer others come before: nobody forgets the organisation meanwhile', async () => {
    const world = await SharedReadsWorld.create();
    const wait = { status: 429, headers: { 'Retry-After': '30' } };
    await world.addTask('a');
    await world.fault({ operation: 'cancelTask', times: 1, delayMs: 200, ...wait });
    const cancelled = world.cancel('a');
    for (const orgId of ['org-2', 'org-3']) await world.read('x', { orgId });
    await cancelled;
    expect(await world.read('a')).toMatchObject({ failure: { type: 'RateLimited', retryAfterMs: 30_000 } });
  });

  it('puts off for ten seconds at least, which is when runs come back at the soonest, and each to another instant', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '2' } });
    await together(world, 'a');
    expect(await Promise.all([world.read('b'), world.read('a')])).toMatchObject([
      { failure: { retryAfterMs: 10_000 } },
      { failure: { retryAfterMs: 10_100 } },
    ]);
  });

  it("is another organisation's own", async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 429 });
    await together(world, 'a');
    await world.read('x', { orgId: 'org-2' });
    expect(await world.newCalls()).toEqual(['a', 'x']);
  });

  it('pauses for a list that was told to wait, and those who waited for it are put off', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, status: 503, headers: { 'Retry-After': '10' } });
    expect(await together(world, 'a', 'b')).toMatchObject([
      { failure: { type: 'Unavailable', retryAfterMs: 10_000 } },
      { failure: { type: 'Unavailable', retryAfterMs: 10_200 } },
    ]);
    expect(await world.newCalls()).toEqual(['list']);
  });

  it('puts off at once whoever waits for a turn when a pause begins', async () => {
    const world = await SharedReadsWorld.create({ withinMs: 0 });
    const ids = Array.from({ length: 40 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '60' } });
    const reads = Promise.all(ids.map((id) => world.read(id)));
    await until(() => world.reported.length > 0);
    const answers = await reads;
    expect(answers.filter((answer) => answer.kind === 'failed')).toHaveLength(40);
    expect(world.sentAtMs).toHaveLength(1);
  });

  it('comes back slowly after a pause: five calls in the first second', async () => {
    const world = await withTwo({ withinMs: 0 });
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '10' } });
    await world.read('a', { alone: true });
    world.clock.advance(10_000);
    world.sentAtMs.length = 0;
    await world.passTimeUntil(Promise.all(Array.from({ length: 12 }, () => world.read('b'))));
    expect(busiestSecond(world.sentAtMs)).toBe(5);
  });
});
