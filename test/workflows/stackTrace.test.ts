import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { World } from './world';
import { createWorld } from './world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

it('the call stack of a run that waits is short, and names the lines of ours that do', async () => {
  const ids = await world.addTask({ settlesAfterMs: 3_600_000 });
  const handle = await world.start(ids, { deadline: '10m' });
  while ((await handle.query<{ phase: string }>('progress')).phase !== 'MONITORING')
    await world.environment.sleep(1_000);
  const stacks = (await handle.query<string>('__stack_trace')).split('\n\n').map((stack) => stack.split('\n'));
  for (const stack of stacks) expect(stack.length).toBeLessThanOrEqual(4);
  const named = stacks.flat().flatMap((frame) => /\/(workflows\/\w+\.ts):\d+/.exec(frame)?.[1] ?? []);
  expect(new Set(named)).toEqual(new Set(['workflows/cancelTask.ts', 'workflows/run.ts', 'workflows/waiting.ts']));
  await handle.result();
});
