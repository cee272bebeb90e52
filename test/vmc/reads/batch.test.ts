import { describe, expect, it } from '@jest/globals';
import type { ReadAnswer } from '../../../domain/contract/answers';
import { SharedReadsWorld, WITHIN_MS } from './sharedReadsWorld';
import { limits, until } from '../world';

const TURN_MS = 17;
const ACTIVE = { kind: 'task', task: { status: 'STARTED' } };

/** Reads of these tasks that are held, and then answered when the window closes. */
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

  it('that is alone in its window is an individual one', async () => {
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

  it('is held for nobody who was last read a quarter of an hour ago', async () => {
    const world = await withTwo();
    world.clock.advance(901_000);
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
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '60' } });
    await world.read('a', { alone: true });
    expect(await world.read('b')).toMatchObject({ kind: 'failed' });
    expect(await world.read('b', { alone: true })).toMatchObject(ACTIVE);
  });
});

describe('only a single read says how a task ended', () => {
  it('one that is over is read once by itself, after the list that told nothing of it', async () => {
    const world = await withTwo();
    await world.addTask('c', { endsAfterMs: 400 });
    await world.check('c');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await world.newCalls();
    const answers = await together(world, 'a', 'b', 'c');
    expect(answers).toMatchObject([ACTIVE, ACTIVE, { task: { id: 'c', status: 'FINISHED' } }]);
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

describe('a list that goes back', () => {
  it('is not believed: STARTED, which no read has returned since the latest cancel, is read individually', async () => {
    const world = await withTwo();
    await world.cancel('a');
    const lagging = ['a', 'b'].map((id) => ({ id, status: 'STARTED' }));
    await world.fault({ operation: 'listTasks', times: 1, body: lagging });
    await world.newCalls();
    const reads = Promise.all([world.read('a', { knownStarted: false }), world.read('b')]);
    expect(await world.passTimeUntil(reads)).toMatchObject([{ task: { status: 'CANCELING' } }, ACTIVE]);
    expect(await world.newCalls()).toEqual(['list', 'a']);
  });

  it('is believed once an individual read has returned STARTED itself', async () => {
    const world = await withTwo();
    const unknown = Promise.all(['a', 'b'].map((id) => world.read(id, { knownStarted: false })));
    expect(await world.passTimeUntil(unknown)).toMatchObject([ACTIVE, ACTIVE]);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b', 'list']);
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect(await world.newCalls()).toEqual(['list']);
  });
});

describe('an unusable list', () => {
  it.each<[string, object]>([
    ['refused', { status: 400 }],
    ['refused', { status: 503 }],
    ['slow', { delayMs: 2_000 }],
    ['wrong', { body: ['a', 'b', 'b'].map((id) => ({ id, status: 'CANCELING' })) }],
    ['wrong', { body: ['a', 'b'].map((id) => ({ id, status: 'CANCELING', org_id: id })) }],
    ['wrong', { body: [] }],
  ])('(%s) opens the circuit breaker for half a minute, and reads are individual', async (reason, fault) => {
    // A limit as short as this would make any list a slow one on a busy machine.
    const world = await withTwo(reason === 'slow' ? { listLimitMs: 100 } : {});
    await world.fault({ operation: 'listTasks', times: 1, ...fault });
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b', 'list']);
    expect(world.reported).toEqual([`org-1 ${reason} 30000`]);
    expect(await notHeld(world, 'a')).toMatchObject(ACTIVE);
    expect(await notHeld(world, 'b')).toMatchObject(ACTIVE);
    expect((await world.newCalls()).sort()).toEqual(['a', 'b']);
  });

  it('opens it for twice as long each time, up to an hour; a usable one resets it', async () => {
    const world = await withTwo();
    const seconds = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600];
    await world.fault({ operation: 'listTasks', times: seconds.length, status: 403 });
    for (const coolDown of seconds) {
      await together(world, 'a', 'b');
      world.clock.advance(coolDown * 1_000);
      await world.check('a', 'b');
    }
    expect(world.reported).toEqual(seconds.flatMap((s) => [`org-1 refused ${s * 1_000}`, 'org-1 closed']));
    await world.newCalls();
    await together(world, 'a', 'b');
    expect(await world.newCalls()).toEqual(['list']);
    await world.fault({ operation: 'listTasks', times: 1, status: 403 });
    await together(world, 'a', 'b');
    expect(world.reported.at(-1)).toBe('org-1 refused 30000');
  });

  it('is one that contains a task whose end an individual read returned more than ten seconds before', async () => {
    const world = await withTwo();
    await world.addTask('over', { endsAfterMs: 0 });
    await world.check('over');
    const body = ['a', 'b', 'over'].map((id) => ({ id, status: 'STARTED' }));
    await world.fault({ operation: 'listTasks', times: 100, body });
    world.clock.advance(7_000);
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect(world.reported).toEqual([]);
    world.clock.advance(3_000);
    expect(await together(world, 'a', 'b')).toMatchObject([ACTIVE, ACTIVE]);
    expect(world.reported).toEqual(['org-1 wrong 30000']);
  });

  it('is not one without the tasks that were waited for, where they are over', async () => {
    const world = await withTwo();
    const ids = ['c', 'd'];
    for (const id of ids) await world.addTask(id, { endsAfterMs: 400 });
    await world.check(...ids);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await together(world, ...ids)).toMatchObject(ids.map(() => ({ task: { status: 'FINISHED' } })));
    expect(world.reported).toEqual([]);
  });
});

it('no task goes without an individual read for more than 15 minutes, of however many', async () => {
  const world = await SharedReadsWorld.create();
  const ids = Array.from({ length: 40 }, (_, n) => `task-${n}`);
  await world.watching(...ids);
  await world.newCalls();
  const checkedAtMs = new Map(ids.map((id) => [id, 0]));
  let lists = 0;
  for (let minute = 1; minute <= 45; minute += 1) {
    world.clock.advance(minute * 60_000 - world.clock.nowMs());
    await together(world, ...ids);
    for (const call of await world.newCalls())
      if (call === 'list') lists += 1;
      else {
        expect(world.clock.nowMs() - (checkedAtMs.get(call) ?? NaN)).toBeLessThanOrEqual(15 * 60_000);
        checkedAtMs.set(call, world.clock.nowMs());
      }
  }
  expect(Math.min(...checkedAtMs.values())).toBeGreaterThanOrEqual(30 * 60_000);
  expect(lists).toBeGreaterThan(35);
});

/** The most calls of any second. */
function busiestSecond(sentAtMs: readonly number[]): number {
  return Math.max(...sentAtMs.map((fromMs) => sentAtMs.filter((ms) => ms >= fromMs && ms < fromMs + 1_000).length));
}

describe('the budget of an organization', () => {
  it('is 75 calls in any second, a thousand reads in one instant and a list that fails included', async () => {
    const world = await SharedReadsWorld.create();
    const ids = Array.from({ length: 1_000 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await world.check('task-0', 'task-1');
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
      { failure: { type: 'RateLimited', retryable: true, retryAfterMs: 20_340 } },
      { failure: { retryAfterMs: 20_680 } },
      { failure: { retryAfterMs: 21_020 } },
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

  it('is spent as before after a Retry-After on a 5xx, which is for its own task alone', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 503, headers: { 'Retry-After': '30' } });
    expect(await world.read('a', { alone: true })).toMatchObject({ failure: { retryAfterMs: 30_000 } });
    await world.newCalls();
    expect(await together(world, 'b')).toMatchObject([ACTIVE]);
    expect(world.reported).toEqual([]);
  });

  it('has cancels that were answered 429 return spread, and not in step', async () => {
    const world = await SharedReadsWorld.create();
    const ids = Array.from({ length: 5 }, (_, n) => `task-${n}`);
    await Promise.all(ids.map((id) => world.addTask(id)));
    await world.fault({ operation: 'cancelTask', times: 5, status: 429, headers: { 'Retry-After': '7' } });
    const answers = await Promise.all(ids.map((id) => world.cancel(id)));
    const returns = answers.map((answer) => (answer.kind === 'failed' ? answer.failure.retryAfterMs : null));
    expect(returns.sort()).toEqual([7_000, 7_340, 7_680, 8_020, 8_354]);
  });

  it('waits for what a cancel is told whose answer others come before: nobody forgets the organization meanwhile', async () => {
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
      { failure: { retryAfterMs: 10_043 } },
    ]);
  });

  it("is another organization's own", async () => {
    const world = await withTwo();
    await world.fault({ operation: 'getTask', times: 1, status: 429 });
    await together(world, 'a');
    await world.read('x', { orgId: 'org-2' });
    expect(await world.newCalls()).toEqual(['a', 'x']);
  });

  it('pauses for a list that was answered 429, and those that waited for it are deferred', async () => {
    const world = await withTwo();
    await world.fault({ operation: 'listTasks', times: 1, status: 429, headers: { 'Retry-After': '10' } });
    expect(await together(world, 'a', 'b')).toMatchObject([
      { failure: { type: 'RateLimited' } },
      { failure: { type: 'RateLimited' } },
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

  it('comes back slowly after a pause: three calls in the first second', async () => {
    const world = await withTwo({ withinMs: 0 });
    await world.fault({ operation: 'getTask', times: 1, status: 429, headers: { 'Retry-After': '10' } });
    await world.read('a', { alone: true });
    world.clock.advance(10_000);
    world.sentAtMs.length = 0;
    await world.passTimeUntil(Promise.all(Array.from({ length: 12 }, () => world.read('b'))));
    expect(world.sentAtMs.filter((ms) => ms < 11_000)).toHaveLength(3);
  });
});
