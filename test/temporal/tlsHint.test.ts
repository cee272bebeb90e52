import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createSecureServer, createServer as createPlainServer } from 'node:http2';
import { createServer as createSilentServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../domain/settings/environment';
import { readTemporalSettings } from '../../temporal/settings';
import { tlsHint } from '../../temporal/tlsHint';
import { freePort } from '../environment/freePort';
import { CERTIFICATE, KEY } from './pem';

let server: Pick<Server, 'close'> | null = null;
afterEach(() => {
  server?.close();
  server = null;
});

const SERVERS = {
  'plain gRPC': () => createPlainServer(),
  TLS: () => createSecureServer({ cert: CERTIFICATE, key: KEY }),
  nothing: () => createSilentServer((socket) => socket.destroy()),
};

async function hint(at: keyof typeof SERVERS, variables: Record<string, string>): Promise<string | null> {
  const listening = SERVERS[at]().listen(0, '127.0.0.1');
  server = listening;
  await once(listening, 'listening');
  return await hintFor(`127.0.0.1:${(listening.address() as AddressInfo).port}`, variables);
}

async function hintFor(address: string, variables: Record<string, string>): Promise<string | null> {
  const environment = cleanEnvironment({ TEMPORAL_CONFIG_FILE: '/nowhere', TEMPORAL_ADDRESS: address, ...variables });
  const settings = await readTemporalSettings(environment);
  if (!settings.ok) throw new Error(settings.problems.join());
  return await tlsHint(settings.value);
}

const TRUSTED = { TEMPORAL_TLS_SERVER_CA_CERT_DATA: CERTIFICATE };

describe('a Temporal that cannot be reached', () => {
  it.each<[keyof typeof SERVERS, Record<string, string>, RegExp]>([
    ['plain gRPC', { TEMPORAL_TLS: 'true' }, /^it does not speak TLS there\. Set TEMPORAL_TLS=false/],
    ['plain gRPC', { TEMPORAL_API_KEY: 'key' }, /^it does not speak TLS there\. Set TEMPORAL_TLS=false/],
    ['TLS', { TEMPORAL_TLS: 'false' }, /^it speaks TLS there\. Set TEMPORAL_TLS=true$/],
    ['TLS', {}, /^it speaks TLS there/],
    [
      'TLS',
      { TEMPORAL_TLS: 'true' },
      /^its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. Set TEMPORAL_TLS_SERVER_CA/,
    ],
    [
      'TLS',
      { ...TRUSTED, TEMPORAL_TLS_SERVER_NAME: 'other.example' },
      /^its certificate is for another name\. Set TEMPORAL_TLS_SERVER_NAME/,
    ],
  ])('%#: by %s, is told what is wrong', async (at, variables, message) => {
    expect(await hint(at, variables)).toMatch(message);
  });

  it.each<[keyof typeof SERVERS, Record<string, string>]>([
    ['plain gRPC', {}],
    ['TLS', { ...TRUSTED, TEMPORAL_TLS_SERVER_NAME: 'localhost' }],
    ['nothing', { TEMPORAL_TLS: 'true' }],
    ['nothing', {}],
  ])('%#: by %s, is not told of TLS', async (at, variables) => {
    expect(await hint(at, variables)).toBeNull();
  });

  it('where nothing listens, is not told of TLS', async () => {
    expect(await hintFor(`127.0.0.1:${await freePort()}`, { TEMPORAL_TLS: 'true' })).toBeNull();
  });
});
