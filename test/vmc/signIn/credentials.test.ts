import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readVmcConfiguration } from '../../../vmc/configuration';
import type { World } from '../world';
import { cleanUpLater, createWorld, IDS, limits } from '../world';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmc-'));
  cleanUpLater(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/**
 * A world whose credentials come from a file, as the configuration reads it, and the file's folder.
 */
async function createFileWorld(
  content: unknown,
  files: Readonly<Record<string, string>> = {},
): Promise<World & { folder: string; path: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'credentials.json');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
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

  it('without a word on an organization makes its calls Unauthorized, and the message says what to do', async () => {
    const world = await createFileWorld({ organizations: { a: { apiToken: 'token-a' } } });
    for (const orgId of ['b', 'constructor']) {
      const answer = await read(world, orgId);
      expect(answer).toMatchObject({ failure: { type: 'Unauthorized', retryable: false, httpStatus: null } });
      expect(JSON.stringify(answer)).toContain(`organization ${orgId}: add it`);
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
    const world = await createFileWorld(
      {
        organizations: { a: { clientId: 'app', clientSecretFile: './app-secret' } },
        default: { apiTokenFile: 'token' },
      },
      { token: 'token-1\n', 'app-secret': '\uFEFFsecret-1\r\n' },
    );
    await read(world, 'b');
    await read(world, 'a');
    writeFileSync(join(world.folder, 'token'), 'token-2\n');
    await read(world, 'b');
    expect(signedInWith(world)).toEqual(['token-1', null, 'token-2']);
    expect(world.csp.calls[1]?.headers.authorization).toBe(`Basic ${Buffer.from('app:secret-1').toString('base64')}`);
  });

  it('that names a file which is not there, among others that are, makes its calls Unauthorized until it is, and says so', async () => {
    const world = await createFileWorld({
      organizations: { b: { apiToken: 'token-b' } },
      default: { apiTokenFile: 'token' },
    });
    expect(world.problems).toEqual([
      expect.stringContaining(`${join(world.folder, 'token')}: cannot be read (ENOENT)`),
    ]);
    expect(await read(world, 'b')).toMatchObject({ kind: 'task' });
    const answer = await read(world, 'a');
    expect(answer).toMatchObject({ failure: { type: 'Unauthorized', retryable: false } });
    expect(JSON.stringify(answer)).toContain(join(world.folder, 'token'));
    writeFileSync(join(world.folder, 'token'), 'token-1');
    expect(await read(world, 'a')).toMatchObject({ kind: 'task' });
  });
});

describe('a secret’s file that was good at the start', () => {
  const SECRET = { name: 'secret', text: 'token-1\n' };
  const sources: [string, (path: string) => Record<string, string>][] = [
    ['VMC_API_TOKEN_FILE', (path) => ({ VMC_API_TOKEN_FILE: path })],
    ['VMC_CLIENT_SECRET_FILE', (path) => ({ VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET_FILE: path })],
    ...[{ apiTokenFile: SECRET.name }, { clientId: 'app', clientSecretFile: SECRET.name }].map(
      (credential): [string, (path: string) => Record<string, string>] => [
        `VMC_CREDENTIALS_FILE with ${JSON.stringify(credential)}`,
        (path) => {
          const credentialsFile = join(dirname(path), 'credentials.json');
          writeFileSync(credentialsFile, JSON.stringify({ default: credential }));
          return { VMC_CREDENTIALS_FILE: credentialsFile };
        },
      ],
    ),
  ];
  const ruins: [string, (path: string) => void][] = [
    [
      'empty',
      (path) => {
        writeFileSync(path, '');
      },
    ],
    [
      'of blanks',
      (path) => {
        writeFileSync(path, ' \r\n');
      },
    ],
    [
      'gone',
      (path) => {
        rmSync(path);
      },
    ],
    [
      'a directory',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      'in Latin-1',
      (path) => {
        writeFileSync(path, Buffer.from('t\xF6ken', 'latin1'));
      },
    ],
    [
      'a pipe without a writer',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'a link to itself',
      (path) => {
        rmSync(path);
        symlinkSync(path, path);
      },
    ],
  ];
  const cases = sources.flatMap(([source, environmentOf]) =>
    ruins.map(([ruin, spoil]) => ({ source, environmentOf, ruin, spoil })),
  );

  it.each(cases)(
    'and is $ruin at its first use leaves the first content in use: $source',
    async ({ environmentOf, spoil }) => {
      const path = join(temporaryFolder(), SECRET.name);
      writeFileSync(path, SECRET.text);
      const configuration = await readVmcConfiguration(environmentOf(path));
      if (!configuration.ok) throw new Error(configuration.problems.join());
      spoil(path);
      const world = await createWorld({ credentials: configuration.value.credentials });
      expect(await read(world, 'a')).toMatchObject({ kind: 'task' });
      const [call] = world.csp.calls;
      const basic = Buffer.from('app:token-1').toString('base64');
      expect([`refresh_token=token-1`, `Basic ${basic}`]).toContain(call?.headers.authorization ?? call?.body);
      expect(world.problems).toEqual([expect.stringContaining(`${path}: `)]);
    },
  );
});

it('a secret’s file that hangs and was never good is told as such within the call’s time, and may be good the next time', async () => {
  const path = join(temporaryFolder(), 'token');
  execFileSync('mkfifo', [path]);
  const world = await createWorld({ credentials: { path: null, content: { default: { apiTokenFile: path } } } });
  const answer = await world.client.getTask(IDS, limits(100));
  expect(answer).toMatchObject({ failure: { type: 'SignInUnavailable', retryable: true } });
  expect(JSON.stringify(answer)).toContain(path);
  const abort = new AbortController();
  const aborted = world.client.getTask(IDS, limits(10_000, abort.signal));
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  const waiting = world.client.getTask(IDS, limits());
  writeFileSync(path, 'token-1');
  expect(await waiting).toMatchObject({ kind: 'task' });
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
