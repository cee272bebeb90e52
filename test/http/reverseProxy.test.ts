import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../environment/freePort';
import { Stage } from '../stage/stage';
import { EXAMPLES, startExample } from '../examples/example';
import { until } from '../stage/until';

const DOCUMENT = path.join(__dirname, '..', '..', 'docs', 'http.md');

let stage: Stage;
let proxyUrl: string;
let stopProxy: () => Promise<void>;
beforeAll(async () => {
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
  proxyUrl = `http://127.0.0.1:${await freePort()}`;
  stopProxy = await startNginx(documentedServer());
}, 180_000);
afterAll(async () => {
  await stopProxy();
  await stage.end();
});

/** The documented block, with the addresses of this test. */
function documentedServer(): string {
  const [, server = ''] = /^```nginx\n([^]*?)^```$/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  return server
    .replace('127.0.0.1:7280', new URL(proxyUrl).host)
    .replaceAll('http://127.0.0.1:7243', stage.server.httpUrl ?? '');
}

async function startNginx(server: string): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nginx-'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const http = `http { access_log off; ${paths.join(' ')} ${server} }`;
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, `daemon off; pid ${folder}/pid; error_log stderr; events {} ${http}`);
  const nginx = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(nginx, 'close');
  await until(async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${errors}`);
    return await isListening();
  });
  return async () => {
    nginx.kill('SIGQUIT');
    await ended;
    rmSync(folder, { recursive: true });
  };
}

async function isListening(): Promise<boolean> {
  try {
    await fetch(proxyUrl);
    return true;
  } catch {
    return false;
  }
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
