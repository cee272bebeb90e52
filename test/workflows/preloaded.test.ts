import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { World } from './world';
import { createWorld } from './world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

it('the call stack of a run that waits is short, and names the line of ours that does', async () => {
  const ids = await world.addTask({ settlesAfterMs: 3_600_000 });
  const handle = await world.start(ids, { deadline: '10m' });
  while ((await handle.query<{ phase: string }>('progress')).phase !== 'MONITORING')
    await world.environment.sleep(1_000);
  const stacks = (await handle.query<string>('__stack_trace')).split('\n\n').map((stack) => stack.split('\n'));
  for (const stack of stacks) expect(stack.length).toBeLessThanOrEqual(4);
  const lines = readFileSync(path.join(__dirname, '../../workflows/watch.ts'), 'utf8').split('\n');
  const named = stacks.flat().flatMap((frame) => {
    const [, line] = /\/workflows\/watch\.ts:(\d+)/.exec(frame) ?? [];
    return line === undefined ? [] : [lines[Number(line) - 1]];
  });
  for (const wait of ['await this.nextEvent()', 'await this.happenedWithin(', 'await condition(() => timer.hasFired'])
    expect(named).toContainEqual(expect.stringContaining(wait));
  await handle.result();
});
