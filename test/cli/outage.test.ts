import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Stage } from '../stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

describe('when Temporal goes away', () => {
  it('watch and result say so and wait on, Ctrl-C still detaches, and a client can be closed', async () => {
    const { taskId, workflowId } = await stage.started();
    const all = ['watch', 'result'].map((command) => stage.start(command, taskId));
    for (const waiting of all) await waiting.printed('no worker answers', 'stderr');
    const leaving = new AbortController();
    const left = stage.client.result(workflowId, {
      signal: leaving.signal,
      onUnreachable: () => {
        leaving.abort();
      },
    });
    // Behind this answer, on the same connection, the run is found, and only its end is waited for.
    await stage.client.describe(workflowId);
    await Promise.all([stage.server.stop(), expect(left).rejects.toMatchObject({ name: 'AbortError' })]);
    const closing = stage.client.close();

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
