import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { World } from './world';
import { createWorld } from './world';

/**
 * `.../workflows/cancelTask.js:29:0`, wherever the build lies, but not the SDK's
 * `@temporalio/workflow/`.
 */
const FRAME_OF_OURS = /\/workflows\/[\w/]+\.[jt]s:\d+:\d+/;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

it('the call stack of a run that waits is short, and reaches the line of ours that does', async () => {
  const ids = await world.addTask({ settlesAfterMs: 3_600_000 });
  const handle = await world.start(ids, { deadline: '10m' });
  while ((await handle.query<{ phase: string }>('progress')).phase !== 'MONITORING')
    await world.environment.sleep(1_000);
  const stacks = (await handle.query<string>('__stack_trace')).split('\n\n').map((stack) => stack.split('\n'));
  for (const stack of stacks) expect(stack.length).toBeLessThanOrEqual(4);
  const withoutOurs = stacks.filter((stack) => !stack.some((frame) => FRAME_OF_OURS.test(frame)));
  // The SDK's own promise for a cancellation scope, which begins no wait of its own.
  const ofScopes = withoutOurs.filter((stack) => stack.some((frame) => frame.includes('CancellationScope.run')));
  expect(withoutOurs).toEqual(ofScopes);
  expect(stacks.length).toBeGreaterThan(withoutOurs.length);
  await handle.result();
});
