import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../domain/settings/environment';
import { readVmcConfiguration } from '../../vmc/configuration';

const TOKEN = { VMC_API_TOKEN: 'canary-token' };

async function problemsOf(environment: Record<string, string>): Promise<string[]> {
  const configuration = await readVmcConfiguration(cleanEnvironment(environment));
  return configuration.ok ? [] : configuration.problems;
}

async function contentOf(environment: Record<string, string>): Promise<unknown> {
  const configuration = await readVmcConfiguration(cleanEnvironment(environment));
  return configuration.ok ? configuration.value.credentials?.content : configuration.problems;
}

describe('the addresses', () => {
  it('are VMware’s unless something else is said; an empty text says nothing', async () => {
    for (const environment of [{}, { VMC_API_URL: '', VMC_CSP_URL: ' ', VMC_API_TOKEN: '', VMC_CREDENTIALS_FILE: '' }])
      expect(await readVmcConfiguration(cleanEnvironment(environment))).toEqual({
        ok: true,
        value: {
          apiUrl: 'https://vmc.vmware.com/vmc/api',
          cspUrl: 'https://console.cloud.vmware.com',
          apiProxy: null,
          cspProxy: null,
          credentials: null,
        },
      });
  });

  it.each([
    ['https://api.example/vmc/api/', 'https://api.example/vmc/api'],
    ['https://api.example/', 'https://api.example'],
    ['http://127.0.0.1:8480/vmc/api', 'http://127.0.0.1:8480/vmc/api'],
    ['http://localhost:8480//', 'http://localhost:8480'],
    ['https://vmc.localhost', 'https://vmc.localhost'],
    ['http://[::1]:8480', 'http://[::1]:8480'],
  ])('%s is taken as %s', async (VMC_API_URL, apiUrl) => {
    expect(await readVmcConfiguration({ VMC_API_URL })).toMatchObject({ ok: true, value: { apiUrl } });
  });

  it.each([
    ['vmc.vmware.com/vmc/api', 'must be a URL'],
    ['ftp://api.example', 'must be a URL'],
    ['https://canary-user:canary-password@api.example', 'no user name and no password'],
    ['https://canary@api.example', 'no user name and no password'],
    ['https://api.example/?token=canary', 'query or fragment'],
    ['https://api.example/#canary', 'query or fragment'],
    ['https://api.example/?', 'query or fragment'],
    ['http://api.example/vmc/api', 'must be https'],
    ['http://127.0.0.1.example', 'must be https'],
    ['http://localhost.example', 'must be https'],
    ['http://vmc.localhost', 'must be https'],
    ['http://localhost.', 'must be https'],
    ['http://[::ffff:127.0.0.1]', 'must be https'],
    ['http://10.0.0.1', 'must be https'],
  ])('%s is refused, and the message quotes nothing of it', async (url, problem) => {
    for (const name of ['VMC_API_URL', 'VMC_CSP_URL']) {
      const problems = await problemsOf({ [name]: url });
      expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: .*${problem}`))]);
      expect(problems.join()).not.toContain('canary');
    }
  });
});

describe('the proxies', () => {
  it('are those on the way to each address', async () => {
    const environment = {
      VMC_API_URL: 'https://api.example',
      VMC_CSP_URL: 'https://csp.example',
      HTTPS_PROXY: 'http://canary-user:canary-password@proxy.example:3128',
      NO_PROXY: 'csp.example',
    };
    expect(await readVmcConfiguration(environment)).toMatchObject({
      value: {
        apiProxy: { host: 'proxy.example', port: 3128, password: 'canary-password', variable: 'HTTPS_PROXY' },
        cspProxy: null,
      },
    });
  });

  it('that are of no use are refused once, by name, with all other problems', async () => {
    const environment = { ALL_PROXY: 'socks5://canary@proxy.example', VMC_CLIENT_ID: 'app' };
    const problems = await problemsOf(environment);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['ALL_PROXY', 'VMC_CLIENT_SECRET']);
    expect(problems.join()).not.toContain('canary');
  });
});

describe('the credentials', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmc-'));
    writeFileSync(join(folder, 'secret'), 'canary-secret\n');
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'two-lines'), 'canary-1\ncanary-2\n');
    writeFileSync(join(folder, 'no-json'), '{"default": {"apiToken": canary}}');
    writeFileSync(
      join(folder, 'misspelt'),
      '{"organisations": {"a": {"apiToken": "canary"}}, "default": {"token": "canary"}}',
    );
    writeFileSync(join(folder, 'good'), '{"default": {"apiToken": "canary"}}');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('may be an API token or an OAuth app, each secret in a variable or in a file', async () => {
    const file = join(folder, 'secret');
    expect(await contentOf({ VMC_API_TOKEN: ' canary\n' })).toEqual({ default: { apiToken: 'canary' } });
    expect(await contentOf({ VMC_API_TOKEN_FILE: file })).toEqual({ default: { apiTokenFile: file } });
    expect(await contentOf({ VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET: 'canary' })).toEqual({
      default: { clientId: 'app', clientSecret: 'canary' },
    });
    expect(await contentOf({ VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET_FILE: file })).toEqual({
      default: { clientId: 'app', clientSecretFile: file },
    });
    expect(await contentOf({ VMC_CREDENTIALS_FILE: join(folder, 'good') })).toEqual({
      default: { apiToken: 'canary' },
    });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ ...TOKEN, VMC_API_TOKEN_FILE: 'f' }, /VMC_API_TOKEN: .*VMC_API_TOKEN_FILE/],
    [
      { ...TOKEN, VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET: 'canary' },
      /VMC_API_TOKEN: .*VMC_CLIENT_ID, VMC_CLIENT_SECRET/,
    ],
    [{ VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET: 'canary', VMC_CLIENT_SECRET_FILE: 'f' }, /VMC_CLIENT_SECRET: .*_FILE/],
    [{ ...TOKEN, VMC_CREDENTIALS_FILE: 'f' }, /VMC_CREDENTIALS_FILE: .*VMC_API_TOKEN/],
    [{ VMC_CLIENT_ID: 'app' }, /VMC_CLIENT_SECRET: is required/],
    [{ VMC_CLIENT_SECRET: 'canary' }, /VMC_CLIENT_ID: is required/],
    [{ VMC_CLIENT_ID: 'a:b', VMC_CLIENT_SECRET: 'canary' }, /VMC_CLIENT_ID: must hold no colon/],
    [{ VMC_API_TOKEN_FILE: '/nowhere/token' }, /VMC_API_TOKEN_FILE: \/nowhere\/token cannot be read \(ENOENT\)/],
    [{ VMC_CREDENTIALS_FILE: '/nowhere/file' }, /VMC_CREDENTIALS_FILE: \/nowhere\/file: cannot be read \(ENOENT\)/],
  ])('%j are refused', async (environment, problem) => {
    const problems = await problemsOf(environment);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('canary');
  });

  it.each([
    ['VMC_API_TOKEN_FILE', 'empty', [/empty is empty/]],
    ['VMC_API_TOKEN_FILE', 'two-lines', [/alone, on one line/]],
    ['VMC_CREDENTIALS_FILE', 'no-json', [/no-json: is not valid JSON/]],
    ['VMC_CREDENTIALS_FILE', 'misspelt', [/default: must be one of/, /organisations: unknown field/]],
  ])('%s is refused when it is %s, naming the file and never quoting it', async (variable, name, expected) => {
    const problems = await problemsOf({ [variable]: join(folder, name) });
    expect(problems).toEqual(expected.map((problem) => expect.stringMatching(problem)));
    for (const problem of problems) expect(problem).toContain(`${variable}: ${join(folder, name)}`);
    expect(problems.join()).not.toContain('canary');
  });

  const ESCAPE = String.raw`{"default": {"apiTokenFile": "\ud800"}}`;
  const bad: [string, string | Buffer, RegExp][] = [
    ['VMC_API_TOKEN_FILE', Buffer.from('can\xE4ry', 'latin1'), /is not UTF-8 text/],
    ['VMC_API_TOKEN_FILE', 'canäry', /must be printable ASCII/],
    ['VMC_API_TOKEN_FILE', 'can\tary', /must be printable ASCII/],
    ['VMC_API_TOKEN_FILE', 'can\0ary', /is not UTF-8 text: it holds NUL/],
    ['VMC_API_TOKEN_FILE', Buffer.from('\uFEFFcan\r\nary', 'utf16le'), /alone, on one line/],
    ['VMC_CREDENTIALS_FILE', ESCAPE, /holds half of a surrogate pair/],
    ['VMC_CREDENTIALS_FILE', ESCAPE.replace('apiTokenFile', 'canary'), /holds half of a surrogate pair/],
    ['VMC_CREDENTIALS_FILE', String.raw`{"default": {"\udc00": "canary"}}`, /holds half of a surrogate pair/],
    ['VMC_CREDENTIALS_FILE', '{"default": {"apiToken": "canäry"}}', /default\.apiToken: must be printable ASCII/],
    [
      'VMC_CREDENTIALS_FILE',
      String.raw`{"default": {"apiToken": "canary\u0007x"}}`,
      /default\.apiToken: must be printable/,
    ],
    [
      'VMC_CREDENTIALS_FILE',
      String.raw`{"default": {"apiTokenFile": "canary\u0000x"}}`,
      /default\.apiTokenFile: must be a path without control/,
    ],
    ['VMC_CREDENTIALS_FILE', Buffer.from('{"default": {"apiToken": "canäry"}}', 'latin1'), /is not UTF-8 text/],
    [
      'VMC_CREDENTIALS_FILE',
      '{"default": {"apiTokenFile": "/nowhere/token"}}',
      /\/nowhere\/token cannot be read \(ENOENT\)/,
    ],
  ];
  it.each(bad)('%s is refused for %j, as what it is and in well-formed text', async (variable, content, problem) => {
    const path = join(folder, 'bad');
    writeFileSync(path, content);
    const problems = await problemsOf({ [variable]: path });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toMatch(/canary|[\p{Cc}\p{Cs}\uFFFD]/u);
    expect(problems.join()).toContain(`${variable}: ${path}`);
  });

  it.each<Record<string, string>>([
    { VMC_API_TOKEN: 'canary\ntwo' },
    { VMC_API_TOKEN: 'canäry' },
    { VMC_CLIENT_ID: 'canäry', VMC_CLIENT_SECRET: 'canary' },
    { VMC_CLIENT_ID: 'app', VMC_CLIENT_SECRET: 'canary\u0001' },
  ])('%j are refused at the start: no header or form carries them', async (environment) => {
    const problems = await problemsOf(environment);
    expect(problems).toEqual([expect.stringMatching(/^VMC_\w+: must be printable ASCII on one line$/)]);
  });

  it('may stand in files that Windows wrote', async () => {
    const path = join(folder, 'windows');
    writeFileSync(path, Buffer.from('\uFEFF{"default": {"apiToken": "canary"}}\r\n', 'utf16le'));
    expect(await contentOf({ VMC_CREDENTIALS_FILE: path })).toEqual({ default: { apiToken: 'canary' } });
    writeFileSync(path, Buffer.from('\uFEFFcanary\r\n', 'utf16le').swap16());
    expect(await contentOf({ VMC_API_TOKEN_FILE: path })).toEqual({ default: { apiTokenFile: path } });
  });

  it('are refused within seconds where every file hangs, and one that hangs keeps no other from work', async () => {
    const silent = join(folder, 'silent');
    execFileSync('mkfifo', [silent]);
    const alone = join(folder, 'alone');
    writeFileSync(alone, JSON.stringify({ default: { apiTokenFile: silent } }));
    const beside = join(folder, 'beside');
    writeFileSync(
      beside,
      JSON.stringify({ organizations: { a: { apiToken: 'token' } }, default: { apiTokenFile: silent } }),
    );
    const [named, inFile, amongOthers] = await Promise.all([
      problemsOf({ VMC_API_TOKEN_FILE: silent }),
      problemsOf({ VMC_CREDENTIALS_FILE: alone }),
      problemsOf({ VMC_CREDENTIALS_FILE: beside }),
    ]);
    expect(named).toEqual([`VMC_API_TOKEN_FILE: ${silent} cannot be read (no answer in time)`]);
    expect(inFile).toEqual([`VMC_CREDENTIALS_FILE: ${alone}: ${silent} cannot be read (no answer in time)`]);
    expect(amongOthers).toEqual([]);
  });

  it('and the addresses bring all their problems at once', async () => {
    const problems = await problemsOf({
      VMC_API_URL: 'nonsense',
      VMC_CSP_URL: 'http://csp.example',
      ...TOKEN,
      VMC_API_TOKEN_FILE: 'f',
      VMC_CREDENTIALS_FILE: 'f',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'VMC_API_URL',
      'VMC_CSP_URL',
      'VMC_API_TOKEN',
      'VMC_CREDENTIALS_FILE',
    ]);
  });
});
