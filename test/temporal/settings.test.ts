import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { settingsOf } from '../../temporal/connection';
import { cleanEnvironment } from '../../domain/settings/environment';
import type { Parsed } from '../../domain/contract/input';
import type { TemporalSettings } from '../../temporal/settings';
import { readTemporalSettings, rereadCredentials } from '../../temporal/settings';
import { readVmcConfiguration } from '../../vmc/configuration';
import { readWorkerConfiguration } from '../../worker/configuration';
import { CERTIFICATE, KEY } from './pem';
import { draws } from '../environment/draws';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'temporal-settings-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const filePath = path.join(folder, name);
  writeFileSync(filePath, text);
  return filePath;
}

type Raw = Record<string, string | undefined>;

/** Without a profile file of the machine that the test runs on. */
async function read(variables: Raw): Promise<Parsed<TemporalSettings>> {
  return await readTemporalSettings(
    cleanEnvironment({ TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml'), ...variables }),
  );
}

async function settings(variables: Raw): Promise<TemporalSettings> {
  const parsed = await read(variables);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.value;
}

/** Each begins with the name of its variable, and quotes nothing of its value. */
async function refused(variables: Raw): Promise<string[]> {
  const parsed = await read(variables);
  const problems = parsed.ok ? [] : parsed.problems;
  expect(problems.join('\n')).not.toContain('canary');
  return problems;
}

function profile(text: string): Raw {
  return { TEMPORAL_CONFIG_FILE: file('profile.toml', text) };
}

const KEY_AND = { TEMPORAL_API_KEY: 'key' };
const REMOTE = { TEMPORAL_ADDRESS: 'temporal.example:7233' };
const AUTHORIZED = { TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer x' };

describe('TLS', () => {
  const WORDS: [string[], boolean][] = [
    [['true', 'True', 'TRUE', 't', 'T', '1', 'yes', 'YES', 'y', 'on', 'On', ' true ', 'true\r', 'TRUE\r\n'], true],
    [['false', 'False', 'FALSE', 'f', '0', 'no', 'No', 'n', 'off', 'OFF', '\tfalse\r'], false],
  ];
  it.each(WORDS)('is what the settings say in so many words: %j is %s', async (words, tls) => {
    for (const word of words)
      for (const others of [{}, KEY_AND, REMOTE, { ...REMOTE, ...KEY_AND }, { ...REMOTE, ...AUTHORIZED }])
        expect({ word, tls: (await settings({ ...others, TEMPORAL_TLS: word })).tls }).toEqual({ word, tls });
  });

  it.each(['canary', 'ja', '2', 'truee', 'true false', '-1', 'null', '"true"'])(
    'is refused by name where it is %j',
    async (word) => {
      expect(await refused({ ...KEY_AND, TEMPORAL_TLS: word })).toEqual([
        expect.stringMatching(/^TEMPORAL_TLS: must be true or/),
      ]);
    },
  );

  it.each([
    ['an API key', { ...REMOTE, ...KEY_AND }, true],
    ['an API key for this machine', KEY_AND, true],
    ['an authorization header', { ...REMOTE, ...AUTHORIZED }, true],
    ['an authorization header for this machine', AUTHORIZED, false],
    ['another header, which may be a key', { ...REMOTE, TEMPORAL_GRPC_META_X_OWN: 'x' }, true],
    ['nothing', REMOTE, false],
    ['a server name', { TEMPORAL_TLS_SERVER_NAME: 'x.example' }, { serverNameOverride: 'x.example' }],
    [
      'an authority',
      { TEMPORAL_TLS_SERVER_CA_CERT_DATA: CERTIFICATE },
      { serverRootCACertificate: Buffer.from(CERTIFICATE) },
    ],
    [
      'a certificate',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: CERTIFICATE, TEMPORAL_TLS_CLIENT_KEY_DATA: KEY },
      { clientCertPair: { crt: Buffer.from(CERTIFICATE), key: Buffer.from(KEY) } },
    ],
  ])('goes by %s where nothing is said of it, or a blank', async (_, variables: Raw, tls) => {
    for (const TEMPORAL_TLS of [undefined, '', ' ', '\r\n', '\t'])
      expect((await settings({ ...variables, TEMPORAL_TLS })).tls).toEqual(tls);
  });

  it.each([
    ['[profile.default]\napi_key = "key"\n', true],
    ['[profile.default]\napi_key = "key"\n[profile.default.tls]\n', true],
    ['[profile.default]\napi_key = "key"\ntls = { disabled = false }\n', true],
    ['[profile.default]\napi_key = "key"\ntls = { disabled = true }\n', false],
    ['[profile.default.grpc_meta]\nAuthorization = "Bearer x"\n', true],
    ['[profile.default.tls]\n', true],
  ])('goes by a profile file as well: %j', async (text, tls) => {
    expect((await settings({ ...REMOTE, ...profile(text) })).tls).toBe(tls);
    expect((await settings({ ...REMOTE, ...profile(text), TEMPORAL_TLS: 'False' })).tls).toBe(false);
    expect((await settings({ ...REMOTE, ...profile(text), TEMPORAL_TLS: 'YES' })).tls).toBe(true);
  });

  it('goes by the address and the key that code brings together with the variables', async () => {
    const environment = cleanEnvironment({ TEMPORAL_CONFIG_FILE: '/nowhere', ...AUTHORIZED });
    expect(await readTemporalSettings(environment, { address: 'x.example' })).toMatchObject({
      value: { address: 'x.example:7233', tls: true },
    });
    expect(await readTemporalSettings(environment)).toMatchObject({ value: { tls: false } });
  });

  it.each(['true', '1', 'false', '0'])(
    'verifies the name in the certificate: the variable against it is refused, be it %s',
    async (word) => {
      expect(await refused({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: word })).toEqual([
        expect.stringMatching(/^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: is not supported/),
      ]);
      const inFile = profile(`[profile.default.tls]\ndisable_host_verification = ${['true', '1'].includes(word)}\n`);
      expect(await refused(inFile)).toEqual([
        expect.stringMatching(/^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: .*profile file/),
      ]);
    },
  );
});

describe('certificates', () => {
  const [CERT, KEY_OF, CA] = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_SERVER_CA_CERT'];
  it('come from files or from variables', async () => {
    const variables = { [`${CERT}_PATH`]: file('c.pem', CERTIFICATE), [`${KEY_OF}_PATH`]: file('k.pem', KEY) };
    expect((await settings(variables)).tls).toEqual({
      clientCertPair: { crt: Buffer.from(CERTIFICATE), key: Buffer.from(KEY) },
    });
    expect((await settings(variables)).secrets).toEqual([KEY]);
  });

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const otherKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it('are read anew, and refused then as at first: in the midst of a rotation they are no pair', async () => {
    const variables = { [`${CERT}_PATH`]: file('c.pem', CERTIFICATE), [`${KEY_OF}_PATH`]: file('k.pem', KEY) };
    const first = await settings(variables);
    expect(await rereadCredentials(first)).toEqual({ ok: true, value: first });
    file('c.pem', `${CERTIFICATE}\n`);
    expect(await rereadCredentials(first)).toEqual({
      ok: true,
      value: { ...first, tls: { clientCertPair: { crt: Buffer.from(`${CERTIFICATE}\n`), key: Buffer.from(KEY) } } },
    });
    file('k.pem', otherKey);
    expect(await rereadCredentials(first)).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^TEMPORAL_TLS_CLIENT_CERT_…: needs its own key/)],
    });
  });

  it.each<[Raw, RegExp]>([
    [{ [`${CERT}_DATA`]: CERTIFICATE }, /^TEMPORAL_TLS_CLIENT_CERT_…: needs its own key/],
    [{ [`${KEY_OF}_DATA`]: KEY }, /^TEMPORAL_TLS_CLIENT_CERT_…: needs/],
    [{ [`${CERT}_DATA`]: CERTIFICATE, [`${KEY_OF}_DATA`]: otherKey }, /^TEMPORAL_TLS_CLIENT_CERT_…: needs its own key/],
    [{ [`${CA}_DATA`]: 'canary' }, /^TEMPORAL_TLS_SERVER_CA_CERT_DATA: must hold a certificate in PEM form/],
    [{ [`${CA}_PATH`]: '/nowhere/ca' }, /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: cannot be read \(ENOENT\)/],
    [{ [`${CA}_PATH`]: tmpdir() }, /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: is a directory, not a file/],
    [
      { [`${CA}_PATH`]: '/x', [`${CA}_DATA`]: CERTIFICATE },
      /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: cannot be set together with/,
    ],
    [
      { [`${CERT}_DATA`]: CERTIFICATE, [`${KEY_OF}_DATA`]: 'canary' },
      /^TEMPORAL_TLS_CLIENT_KEY_DATA: must hold a private key/,
    ],
  ])('%#: are refused by name where they are of no use', async (variables, problem) => {
    expect(await refused(variables)).toEqual([expect.stringMatching(problem)]);
    // Where TLS is off they are not looked at.
    expect(await refused({ ...variables, TEMPORAL_TLS: 'off' })).toEqual([]);
  });
});

describe('an API key in a file', () => {
  const FILE = 'TEMPORAL_API_KEY_FILE';

  it('is the key, without the end of its line, and asks for TLS as a key does', async () => {
    for (const text of ['key-1', 'key-1\n', '\uFEFFkey-1\r\n'])
      expect(await settings({ ...REMOTE, [FILE]: file('key', text) })).toMatchObject({
        apiKey: 'key-1',
        tls: true,
        secrets: ['key-1'],
      });
  });

  it('is read anew, with what else the settings name', async () => {
    const first = await settings({ ...REMOTE, [FILE]: file('key', 'key-1') });
    file('key', 'key-2');
    expect(await rereadCredentials(first)).toEqual({
      ok: true,
      value: { ...first, apiKey: 'key-2', secrets: ['key-2'] },
    });
    rmSync(file('key', ''));
    expect(await rereadCredentials(first)).toEqual({ ok: false, problems: [`${FILE}: cannot be read (ENOENT)`] });
  });

  it.each<[string, RegExp]>([
    ['', /is empty/],
    [' \n\n', /is empty/],
    ['canary-1\ncanary-2', /must hold the secret alone, on one line/],
    ['canaré', /must be printable ASCII/],
    ['canary\0', /NUL characters/],
  ])('%j is refused by the name of its variable', async (text, problem) => {
    expect(await refused({ [FILE]: file('key', text) })).toEqual([expect.stringMatching(problem)]);
    expect((await refused({ [FILE]: file('key', text) }))[0]).toMatch(/^TEMPORAL_API_KEY_FILE: /);
  });

  it('stands alone: beside a key or an authorization header it is refused', async () => {
    const [FILED, ALONE] = [{ [FILE]: file('key', 'key-1') }, /^TEMPORAL_API_KEY_FILE: cannot be set together with/];
    expect(await refused({ ...FILED, ...KEY_AND })).toEqual([expect.stringMatching(ALONE)]);
    expect(await refused({ ...FILED, ...AUTHORIZED })).toEqual([expect.stringMatching(ALONE)]);
  });

  it('wins over the key of a profile, as the variable with the key does', async () => {
    const filed = profile('[profile.default]\napi_key = "of-profile"\n');
    expect(await settings({ ...filed, [FILE]: file('key', 'of-file') })).toMatchObject({ apiKey: 'of-file' });
    expect(await settings({ ...filed, ...KEY_AND })).toMatchObject({ apiKey: 'key' });
    expect(await settings(filed)).toMatchObject({ apiKey: 'of-profile' });
  });
});

describe('the address', () => {
  it.each([
    ['temporal.example:7233', 'temporal.example:7233'],
    ['temporal.example', 'temporal.example:7233'],
    ['temporal', 'temporal:7233'],
    ['my_temporal:1', 'my_temporal:1'],
    ['127.0.0.1:65535', '127.0.0.1:65535'],
    ['[::1]:7233', '[::1]:7233'],
    ['[::1]', '[::1]:7233'],
    [' temporal:7233\r', 'temporal:7233'],
    ['', 'localhost:7233'],
  ])('%j is taken for %s', async (TEMPORAL_ADDRESS, address) => {
    expect((await settings({ TEMPORAL_ADDRESS })).address).toBe(address);
  });

  it.each([
    'https://canary.example:7233',
    'http://canary:7233',
    'canary:7233/',
    'dns:///canary:7233',
    'canary:99999',
    'canary:65536',
    'canary:0',
    'canary:',
    'canary:port',
    ':7233',
    '::1:7233',
    '[canary]:7233',
    '[::g]:7233',
    'cana ry:7233',
    'user@canary:7233',
    'a,canary:7233',
    '"canary:7233"',
  ])('%j is refused by name', async (TEMPORAL_ADDRESS) => {
    expect(await refused({ TEMPORAL_ADDRESS })).toEqual([
      expect.stringMatching(/^TEMPORAL_ADDRESS: must be host:port/),
    ]);
    expect(await refused(profile(`[profile.default]\naddress = '${TEMPORAL_ADDRESS}'\n`))).toEqual([
      expect.stringMatching(/^TEMPORAL_ADDRESS: must be host:port.*profile file/),
    ]);
  });
});

describe('names, keys and headers', () => {
  it.each<[Raw, RegExp]>([
    [{ TEMPORAL_API_KEY: 'canary\nkey' }, /^TEMPORAL_API_KEY: must be printable ASCII/],
    [{ TEMPORAL_API_KEY: 'canarü' }, /^TEMPORAL_API_KEY: must be printable ASCII/],
    [{ TEMPORAL_NAMESPACE: 'canary\u0001' }, /^TEMPORAL_NAMESPACE: must be printable ASCII/],
    [{ TEMPORAL_NAMESPACE: 'canary'.repeat(200) }, /^TEMPORAL_NAMESPACE: must have at most 1000 bytes/],
    [{ VMC_CANCEL_TASK_QUEUE: 'canary'.repeat(200) }, /^VMC_CANCEL_TASK_QUEUE: must have at most 1000/],
    [{ VMC_CANCEL_TASK_QUEUE: 'canary\rqueue' }, /^VMC_CANCEL_TASK_QUEUE: must hold no control characters/],
    [{ VMC_CANCEL_TASK_QUEUE: 'ö'.repeat(501) }, /^VMC_CANCEL_TASK_QUEUE: must have at most 1000 bytes/],
    [{ VMC_CANCEL_TASK_QUEUE: '/_sys/canary' }, /^VMC_CANCEL_TASK_QUEUE: must not begin with \/_sys\//],
    [{ TEMPORAL_GRPC_META_X: 'canary\u007f' }, /^TEMPORAL_GRPC_META_X: must be printable ASCII/],
    [{ TEMPORAL_GRPC_META_X_BIN: 'canary' }, /^TEMPORAL_GRPC_META_X_BIN: must end with the name of a header/],
    [{ 'TEMPORAL_GRPC_META_X Y': 'canary' }, /^TEMPORAL_GRPC_META_X Y: must end with the name of a header/],
    [{ TEMPORAL_GRPC_META_: 'canary' }, /^TEMPORAL_GRPC_META_: must end with the name of a header/],
    [{ ...KEY_AND, ...AUTHORIZED }, /^TEMPORAL_API_KEY: cannot be set together with TEMPORAL_GRPC_META_AUTHORIZATION/],
    [{ TEMPORAL_TLS_SERVER_NAME: 'canary/x' }, /^TEMPORAL_TLS_SERVER_NAME: must be a host name/],
    [{ TEMPORAL_PROFILE: 'none-such' }, /^TEMPORAL_PROFILE: .*no profile "none-such"$/],
  ])('%j are refused by name', async (variables, problem) => {
    expect(await refused(variables)).toEqual([expect.stringMatching(problem)]);
  });

  it('let a task queue have any letters', async () => {
    expect((await settings({ VMC_CANCEL_TASK_QUEUE: ' Прод 1 ' })).taskQueue).toBe('Прод 1');
  });

  it('make a header of the rest of a variable’s name', async () => {
    expect((await settings({ TEMPORAL_GRPC_META_X_MY_OWN: ' value\r' })).headers).toEqual({ 'x-my-own': 'value' });
  });

  it('bring all their problems at once', async () => {
    const problems = await refused({
      TEMPORAL_ADDRESS: 'canary:0',
      TEMPORAL_TLS: 'canary',
      TEMPORAL_GRPC_META_X: 'canaré',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'TEMPORAL_ADDRESS',
      'TEMPORAL_TLS',
      'TEMPORAL_GRPC_META_X',
    ]);
  });
});

describe('the profile file', () => {
  const text = '[profile.default]\naddress = "filed:1"\nnamespace = "of-file"\n[profile.other]\nnamespace = "other"\n';
  it('says what no variable says', async () => {
    expect(await settings(profile(text))).toMatchObject({ address: 'filed:1', namespace: 'of-file' });
    expect(await settings({ ...profile(text), TEMPORAL_NAMESPACE: 'own' })).toMatchObject({
      address: 'filed:1',
      namespace: 'own',
    });
    expect(await settings({ ...profile(text), TEMPORAL_NAMESPACE: ' \r' })).toMatchObject({ namespace: 'of-file' });
    expect(await settings({ ...profile(text), TEMPORAL_PROFILE: 'other' })).toMatchObject({ namespace: 'other' });
  });

  it.each([
    '',
    '# nothing\n',
    '[profile.default]\n',
    '[profile.default]\nnamespace = ""\n[profile.default.codec]\nx = 1\n',
  ])('may say nothing: %j', async (empty) => {
    expect(await settings(profile(empty))).toEqual(await settings({}));
  });

  it.each([
    [
      '[profile.default]\napi_key = "canary" oops\n',
      /^TEMPORAL_CONFIG_FILE: Temporal's profile file cannot be read: ./,
    ],
    ['[profile.default]\napi_key = 5\n', /^Temporal's profile file: api_key: must be a text/],
    ['[profile.default]\ntls = true\n', /^Temporal's profile file: tls: must be a table/],
    ['[profile.default.tls]\ndisabled = "canary"\n', /^Temporal's profile file: tls\.disabled: must be true or false/],
    ['[profile]\ndefault = "canary"\n', /^Temporal's profile file: .*must be a table/],
  ])('%j is refused, and nothing of it quoted', async (broken, problem) => {
    expect(await refused(profile(broken))).toEqual([expect.stringMatching(problem)]);
  });
});

describe('worker, command line and library', () => {
  const words = (...texts: string[]) => fc.constantFrom(...texts);
  const noise = fc.constantFrom('', ' ', '\r', '\r\n', '\t', '\u00a0');
  const values = {
    TEMPORAL_ADDRESS: words('h:1', 'h', 'https://h', 'h:99999', '[::1]:1', ''),
    TEMPORAL_NAMESPACE: words('ns', 'n\u0001s', ''),
    TEMPORAL_API_KEY: words('key', 'k\ney', ''),
    TEMPORAL_TLS: words('True', 'FALSE', 'yes', 'off', '1', 'maybe', ''),
    TEMPORAL_TLS_SERVER_NAME: words('name', ''),
    TEMPORAL_TLS_CLIENT_CERT_DATA: words(CERTIFICATE, 'x', ''),
    TEMPORAL_TLS_CLIENT_KEY_DATA: words(KEY, 'x', ''),
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: words('1', ''),
    TEMPORAL_GRPC_META_AUTHORIZATION: words('Bearer x', ''),
    VMC_CANCEL_TASK_QUEUE: words('q', '/_sys/q', 'q'.repeat(1_001), ''),
    VMC_API_URL: words('https://api.example', 'api', ''),
    VMC_CSP_URL: words('https://csp.example', ''),
    VMC_API_TOKEN: words('token', 'to\nken', ''),
    VMC_CLIENT_ID: words('app', ''),
    https_proxy: words('http://p:3128', 'socks5://p', ''),
    no_proxy: words('h', ''),
  };
  const noisy = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      fc.option(
        fc.tuple(noise, value, noise).map((parts) => parts.join('')),
        { nil: undefined },
      ),
    ]),
  );

  it('make the same of every environment, or name the same variables, whatever blanks stand around its values', async () => {
    const names = (part: Parsed<unknown>) => (part.ok ? [] : part.problems);
    await fc.assert(
      fc.asyncProperty(fc.record(noisy), async (generated) => {
        const env: Raw = { TEMPORAL_CONFIG_FILE: '/nowhere', ...generated };
        const clean = cleanEnvironment(env);
        const [library, cli, vmc] = [
          await settingsOf({ env }),
          await readTemporalSettings(clean),
          await readVmcConfiguration(clean),
        ];
        expect(library).toEqual(cli);
        const worker = await readWorkerConfiguration(clean);
        if (worker.ok) expect(worker.value).toMatchObject({ temporal: cli.ok && cli.value, vmc: vmc.ok && vmc.value });
        else {
          const others = worker.problems.filter((problem) => !problem.startsWith('VMC credentials: none are set'));
          expect(others).toEqual([...names(vmc), ...names(cli)]);
        }
        const tidy = Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value?.trim() === '' ? undefined : value?.trim()]),
        );
        expect(await settingsOf({ env: tidy })).toEqual(cli);
        // No environment sends a key in the clear without saying so.
        if (cli.ok && cli.value.apiKey !== null && cli.value.tls === false)
          expect(clean.TEMPORAL_TLS).toMatch(/^(false|off)$/i);
      }),
      { numRuns: draws(500, 2_000) },
    );
  });
});
