import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../environment/freePort';
import { Nginx } from '../stage/nginx';
import { Stage } from '../stage/stage';
import { EXAMPLES, startExample } from '../examples/example';

const DOCUMENT = path.join(__dirname, '..', '..', 'docs', 'http.md');

let stage: Stage;
let proxyUrl: string;
let proxy: Nginx;
beforeAll(async () => {
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
  const port = await freePort();
  proxyUrl = `http://127.0.0.1:${port}`;
  proxy = await Nginx.start(port, documentedServer());
}, 180_000);
afterAll(async () => {
  await proxy.stop();
  await stage.end();
});

/** The documented block, with the addresses of this test. */
function documentedServer(): string {
  const [, server = ''] = /^```nginx\n([^]*?)^```$/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  return server
    .replace('127.0.0.1:7280', new URL(proxyUrl).host)
    .replaceAll('http://127.0.0.1:7243', stage.server.httpUrl ?? '');
}

async function statusOf(method: string, route: string): Promise<number> {
  const body = method === 'POST' ? '{}' : null;
  return (await fetch(`${proxyUrl}/api/v1/${route}`, { method, body })).status;
}

describe('the documented reverse proxy', () => {
  it('lets the script start, follow and end a cancellation', async () => {
    const { orgId, taskId } = await stage.task({ settlesAfterMs: 0 });
    const environment = { TEMPORAL_HTTP_URL: proxyUrl };
    const script = startExample('sh', [path.join(EXAMPLES, 'cancel.sh'), orgId, taskId], environment);
    expect(await script.exitCode).toBe(0);
    expect(await statusOf('POST', `namespaces/default/workflows/vmc-cancel:${orgId}:${taskId}/query/progress`)).toBe(
      200,
    );
  });

  it.each([
    ['POST', 'namespaces/default/workflows/vmc-cancel:org-1:task-1/terminate'],
    ['POST', 'namespaces/default/workflows/vmc-cancel:org-1:task-1/cancel'],
    ['POST', 'namespaces/default/workflows/vmc-cancel:org-1:task-1/update/reissueCancel'],
    ['POST', 'namespaces/default/workflows/vmc-cancel:org-1:task-1/query/__stack_trace'],
    ['DELETE', 'namespaces/default/workflows/vmc-cancel:org-1:task-1'],
    ['POST', 'namespaces/default/workflows/another:org-1:task-1'],
    ['POST', 'namespaces/another/workflows/vmc-cancel:org-1:task-1'],
    ['POST', 'namespaces/default/workflows/vmc-cancel:org-1:task-1%2F..%2Fx/terminate'],
    ['GET', 'namespaces/default/workflows'],
    ['GET', 'namespaces'],
  ])('refuses %s %s', async (method, route) => {
    expect(await statusOf(method, route)).toBe(403);
  });
});
