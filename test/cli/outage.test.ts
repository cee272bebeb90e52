import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.begin();
}, 180_000);
afterAll(() => world.end());

describe('when Temporal goes away', () => {
  it('watch and result say so and wait on, Ctrl-C still detaches, and a client can be closed', async () => {
    const { taskId, workflowId } = await world.started();
    const all = ['watch', 'result'].map((command) => world.start(command, taskId));
    for (const waiting of all) await waiting.printed('no worker answers', 'stderr');
    const leaving = new AbortController();
    const left = world.client.result(workflowId, {
      signal: leaving.signal,
      onUnreachable: () => {
        leaving.abort();
      },
    });
    // Behind this answer, on the same connection, the run is found, and only its end is waited for.
    await world.client.describe(workflowId);
    await Promise.all([world.server.stop(), expect(left).rejects.toMatchObject({ name: 'AbortError' })]);
    const closing = world.client.close();

    for (const waiting of all) {
      await waiting.printed('Temporal cannot be reached at', 'stderr');
      waiting.interrupt();
      const { code, stdout, stderr } = await waiting.ended;
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    await closing;
  }, 180_000);
});
