import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readVmcConfiguration } from '../../vmc/configuration';
import type { World } from './world';
import { cleanUpLater, createWorld, IDS, limits } from './world';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmc-'));
  cleanUpLater(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** A world whose credentials come from a file, as the configuration reads it, and the file's folder. */
async function createFileWorld(content: unknown): Promise<World & { folder: string; path: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'credentials.json');
  writeFileSync(path, JSON.stringify(content));
  const configuration = await readVmcConfiguration({ VMC_CREDENTIALS_FILE: path });
  if (!configuration.ok) throw new Error(configuration.problems.join());
  return { ...(await createWorld({ credentials: configuration.value.credentials })), folder, path };
}

function signedInWith({ csp }: World): (string | null)[] {
  return csp.calls.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
}

function read({ client }: World, orgId: string) {
  return client.getTask({ ...IDS, orgId }, limits());
}

describe('the credentials file', () => {
  it('says which credential is whose, and which is for everybody else', async () => {
    const world = await createFileWorld({
      organizations: { a: { apiToken: 'token-a' }, b: { apiToken: 'token-b' } },
      default: { apiToken: 'token-default' },
    });
    for (const orgId of ['a', 'b', 'c', 'constructor']) await read(world, orgId);
    expect(signedInWith(world)).toEqual(['token-a', 'token-b', 'token-default']);
  });

  it('without a word on an organisation makes its calls Unauthorized, and the message says what to do', async () => {
    const world = await createFileWorld({ organizations: { a: { apiToken: 'token-a' } } });
    for (const orgId of ['b', 'constructor']) {
      const answer = await read(world, orgId);
      expect(answer).toMatchObject({ failure: { type: 'Unauthorized', retryable: false, httpStatus: null } });
      expect(JSON.stringify(answer)).toContain(`organisation ${orgId}: add it`);
      expect(JSON.stringify(answer)).toContain(world.path);
    }
    expect(world.csp.calls).toHaveLength(0);
  });

  it('is read again when it changes, and the old credential is used no more', async () => {
    const world = await createFileWorld({ default: { apiToken: 'token-1' } });
    await read(world, 'a');
    writeFileSync(world.path, JSON.stringify({ default: { apiToken: 'token-2' } }));
    await read(world, 'a');
    writeFileSync(`${world.path}.new`, JSON.stringify({ organizations: { a: { apiToken: 'token-3' } } }));
    renameSync(`${world.path}.new`, world.path);
    await read(world, 'a');
    expect(signedInWith(world)).toEqual(['token-1', 'token-2', 'token-3']);
    expect(await read(world, 'b')).toMatchObject({ failure: { type: 'Unauthorized' } });
  });

  it.each([
    ['cut off', '{"default": {"apiToken": "canary-te'],
    ['emptied', ''],
    ['of another shape', '{"default": {"apiToken": 5, "secret": "canary"}}'],
    ['deleted', null],
  ])('that is %s later leaves the last good one in use, and says so once', async (_, broken) => {
    const world = await createFileWorld({ default: { apiToken: 'token-1' } });
    if (broken === null) rmSync(world.path);
    else writeFileSync(world.path, broken);
    expect(await read(world, 'a')).toMatchObject({ kind: 'task' });
    expect(await read(world, 'b')).toMatchObject({ kind: 'task' });
    expect(world.problems).toHaveLength(1);
    expect(world.problems[0]).toContain(world.path);
    expect(world.problems[0]).not.toContain('canary');
    writeFileSync(world.path, JSON.stringify({ default: { apiToken: 'token-2' } }));
    await read(world, 'a');
    expect(signedInWith(world)).toEqual(['token-1', 'token-2']);
    expect(world.problems).toHaveLength(1);
  });

  it('may name files for the secrets, from its own folder on, which are read again for each sign-in', async () => {
    const world = await createFileWorld({
      organizations: { a: { clientId: 'app', clientSecretFile: './app-secret' } },
      default: { apiTokenFile: 'token' },
    });
    writeFileSync(join(world.folder, 'token'), 'token-1\n');
    writeFileSync(join(world.folder, 'app-secret'), '\uFEFFsecret-1\r\n');
    await read(world, 'b');
    await read(world, 'a');
    writeFileSync(join(world.folder, 'token'), 'token-2\n');
    await read(world, 'b');
    expect(signedInWith(world)).toEqual(['token-1', null, 'token-2']);
    expect(world.csp.calls[1]?.headers.authorization).toBe(`Basic ${Buffer.from('app:secret-1').toString('base64')}`);
  });

  it('that names a file which is not there makes the calls Unauthorized until it is', async () => {
    const world = await createFileWorld({ default: { apiTokenFile: 'token' } });
    const answer = await read(world, 'a');
    expect(answer).toMatchObject({ failure: { type: 'Unauthorized', retryable: false } });
    expect(JSON.stringify(answer)).toContain(join(world.folder, 'token'));
    writeFileSync(join(world.folder, 'token'), 'token-1');
    expect(await read(world, 'a')).toMatchObject({ kind: 'task' });
  });
});

it('a client without any credentials answers Unauthorized and says what to set', async () => {
  const { client, csp } = await createWorld({ credentials: null });
  const answer = await client.cancelTask(IDS, limits());
  expect(answer).toMatchObject({ failure: { type: 'Unauthorized', retryable: false } });
  expect(JSON.stringify(answer)).toContain('VMC_API_TOKEN');
  expect(csp.calls).toHaveLength(0);
});

it('a rotated secret is presented at once after a 401, without a restart', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'token');
  writeFileSync(path, 'token-1');
  const world = await createWorld({ credentials: { path: null, content: { default: { apiTokenFile: path } } } });
  await read(world, 'a');
  world.api.script = ({ headers }) =>
    headers['csp-auth-token'] === 'canary-access-1'
      ? (writeFileSync(path, 'token-2'), { status: 401 })
      : { body: { id: 'task-1', status: 'STARTED' } };
  expect(await read(world, 'a')).toMatchObject({ kind: 'task' });
  expect(signedInWith(world)).toEqual(['token-1', 'token-2']);
});
