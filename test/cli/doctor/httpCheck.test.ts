import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { checkDocumentSchema } from '../../../cli/documents';
import { CommandRun } from '../../stage/commandRun';
import { documents, Stage } from '../../stage/stage';

let stage: Stage;
let other: Stage;
beforeAll(async () => {
  [stage, other] = await Promise.all([Stage.begin({ httpPort: 0 }), Stage.begin({ httpPort: 0 })]);
}, 180_000);
afterAll(() => Promise.all([stage.end(), other.end()]));

async function checked(url: string) {
  const environment = { ...stage.environment, TEMPORAL_HTTP_URL: url };
  const { stdout } = await new CommandRun(['doctor', '--json'], environment).ended;
  const checks = documents(stdout).map((document) => checkDocumentSchema.parse(document));
  return checks.find(({ check }) => check === 'temporalHttp');
}

it("doctor finds Temporal's HTTP API where the variable says, with or without a slash at its end", async () => {
  const url = stage.environment.TEMPORAL_HTTP_URL ?? '';
  for (const spelt of [url, `${url}/`])
    expect(await checked(spelt)).toMatchObject({ ok: true, message: `answers at ${url}` });
});

it('doctor tells the HTTP API of another Temporal from its own', async () => {
  expect(await checked(other.environment.TEMPORAL_HTTP_URL ?? '')).toMatchObject({
    ok: false,
    message: expect.stringContaining('another Temporal'),
  });
});

it.each([
  ['localhost:7243', /not an http or https URL/],
  ['http://127.0.0.1:1', /nothing usable answers at http:\/\/127\.0\.0\.1:1$/],
  ['http://user:canary-1@127.0.0.1:7243', /^TEMPORAL_HTTP_URL has a user, a password or a query$/],
  ['http://127.0.0.1:7243/?key=canary-1', /^TEMPORAL_HTTP_URL has a user, a password or a query$/],
])('doctor refuses the HTTP API %s', async (url, message) => {
  expect(await checked(url)).toMatchObject({
    ok: false,
    message: expect.stringMatching(message),
    remedy: expect.stringContaining('TEMPORAL_HTTP_URL'),
  });
});

it.each([
  [404, 'text/plain', 'nothing here'],
  [200, 'text/html', '<html></html>'],
  [200, 'application/json', '{"namespaceInfo": null}'],
])('doctor does not take an answer %i of %s for the HTTP API', async (status, type, body) => {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await checked(`http://127.0.0.1:${port}`)).toMatchObject({ ok: false });
  server.close();
});
