import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { version } from '../../../package.json';
import { AUTHORITY_FILE, certificate } from '../../vmc/certificates';
import { ScriptedProxy } from '../../vmc/scriptedProxy';
import { ScriptedServer } from '../../vmc/scriptedServer';
import { Cli } from '../../stage/cli';
import { CommandRun } from '../../stage/commandRun';
import { until } from '../../stage/until';
import { ORG, Stage, documents } from '../../stage/stage';

const RIGHT = 'right-token-1234';
const WRONG = 'wrong-token-5678';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

/** The verdict of each check by its name, and all that was printed. */
async function examined(environment: Record<string, string>, ...args: string[]) {
  // Node reads its authorities when it starts.
  const Start = 'NODE_EXTRA_CA_CERTS' in environment ? Cli : CommandRun;
  const { code, stdout, stderr } = await new Start(['doctor', '--json', ...args], environment).ended;
  const checks = documents(stdout);
  for (const one of checks) expect(Object.keys(one)).toEqual(['check', 'ok', 'message', 'remedy']);
  for (const one of checks.filter(({ ok }) => ok === false)) expect(one.remedy).toMatch(/^[A-Z]/);
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
  const verdicts = Object.fromEntries(checks.map(({ check, ok }): [string, unknown] => [String(check), ok]));
  return { code, verdicts, checks, printed: stdout + stderr };
}

const TEMPORAL_GOOD = { temporal: true, namespace: true, searchAttributes: true };
const API_UNKNOWN = { vmcSettings: null, vmcSignIn: null, vmcApi: null, clock: null };
const API_GOOD = { vmcSettings: true, vmcSignIn: true, vmcApi: true, clock: true };

describe('doctor on Temporal', () => {
  it('that is not there: looks at nothing behind it, and exits 1', async () => {
    const { code, verdicts, checks } = await examined({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(code).toBe(1);
    expect(verdicts).toEqual({
      temporal: false,
      namespace: null,
      searchAttributes: null,
      worker: null,
      stuckRuns: null,
      ...API_UNKNOWN,
    });
    expect(checks[0]).toMatchObject({
      message: expect.stringContaining('127.0.0.1:1'),
      remedy: expect.stringContaining('TEMPORAL_ADDRESS'),
    });
    expect(checks[1]).toMatchObject({ message: expect.stringMatching(/^skipped: /) });
  });

  it('without the namespace: names it and how to have it', async () => {
    const { code, verdicts, checks } = await examined({ ...stage.environment, TEMPORAL_NAMESPACE: 'nowhere' });
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({
      temporal: true,
      namespace: false,
      searchAttributes: null,
      worker: null,
      stuckRuns: null,
    });
    expect(checks[1]).toMatchObject({ remedy: expect.stringContaining('namespace create --namespace nowhere') });
  });

  it('with settings that cannot be read: tells which', async () => {
    const { code, verdicts, printed } = await examined({ TEMPORAL_PROFILE: 'none-such' });
    expect({ code, temporal: verdicts.temporal }).toEqual({ code: 1, temporal: false });
    expect(printed).toContain('none-such');
  });

  it('with no worker: names the task queue and the remedy, a line each, and exits 1', async () => {
    const { code, verdicts } = await examined(stage.environment);
    expect(code).toBe(1);
    expect(verdicts).toEqual({ ...TEMPORAL_GOOD, worker: false, stuckRuns: true, ...API_UNKNOWN });
    const people = await stage.run('doctor');
    expect(people).toMatchObject({ code: 1, stderr: '' });
    expect(people.stdout.trimEnd().split('\n')).toHaveLength(9);
    expect(people.stdout).toMatch(/^ok {6}Temporal +answers at 127/m);
    expect(people.stdout).toMatch(/^failed {2}worker +no worker polls the task queue "vmc-cancel".* → Start one/m);
    expect(people.stdout).toMatch(/^- {7}VMC API +skipped: no VMC credentials in this environment/m);
  });

  it('with a worker: tells who polls and its version, and exits 0 though the credentials are the worker’s alone', async () => {
    await stage.startWorker();
    // Its first questions are a moment behind its word that it polls.
    let seen = await examined(stage.environment);
    await until(async () => {
      seen = await examined(stage.environment);
      return seen.verdicts.worker === true;
    });
    const { code, verdicts, checks } = seen;
    expect(code).toBe(0);
    expect(verdicts).toEqual({ ...TEMPORAL_GOOD, worker: true, stuckRuns: true, ...API_UNKNOWN });
    expect(checks[3]).toMatchObject({
      message: expect.stringMatching(/workflows: \d+@.* ago; activities: \d+@.* ago/),
      remedy: null,
    });
    expect(checks[3]?.message).toContain(`is polled, version ${version} (`);
    const elsewhere = await examined({ ...stage.environment, VMC_CANCEL_TASK_QUEUE: 'other' });
    expect(elsewhere).toMatchObject({ code: 1, verdicts: { worker: false } });
    expect(elsewhere.printed).toContain('other');
  });
});

describe('doctor on the VMC API', () => {
  let here: Record<string, string>;
  beforeAll(async () => {
    await stage.controls.changeSettings({ apiTokens: [RIGHT, 'token'] });
    const { apiUrl, cspUrl } = stage.simulator;
    here = { ...stage.environment, VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl };
  });

  it('signs in and asks with the right token, and exits 0', async () => {
    const { code, verdicts, printed } = await examined({ ...here, VMC_API_TOKEN: RIGHT });
    expect({ code, verdicts }).toEqual({
      code: 0,
      verdicts: { ...TEMPORAL_GOOD, worker: true, stuckRuns: true, ...API_GOOD },
    });
    expect(printed).not.toContain(RIGHT);
  });

  it('tells of a wrong token without telling it, and exits 1', async () => {
    const { code, verdicts, printed } = await examined({ ...here, VMC_API_TOKEN: WRONG }, '--verbose');
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ vmcSettings: true, vmcSignIn: false, vmcApi: null });
    expect(printed).toContain('VMC_API_TOKEN');
    expect(printed).not.toContain(WRONG);
  });

  it('with --api and without credentials says which to set, and exits 1', async () => {
    const { code, verdicts, printed } = await examined(here, '--api');
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ vmcSettings: true, vmcSignIn: false, vmcApi: null });
    expect(printed).toContain('There are no credentials');
  });

  it('tells every setting that is wrong', async () => {
    const wrong = { ...here, VMC_API_URL: 'ftp://x', VMC_CSP_URL: 'nonsense', VMC_API_TOKEN: RIGHT };
    const { code, verdicts, printed } = await examined(wrong);
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ vmcSettings: false, vmcSignIn: null, vmcApi: null });
    expect(printed).toMatch(/VMC_API_URL.*VMC_CSP_URL/);
  });

  it('tells an address where something else answers, or nothing', async () => {
    const { origin } = new URL(stage.simulator.apiUrl);
    const misled = await examined({ ...here, VMC_API_TOKEN: RIGHT, VMC_API_URL: `${origin}/elsewhere` });
    expect(misled).toMatchObject({ code: 1, verdicts: { vmcSignIn: true, vmcApi: false } });
    const cut = await examined({ ...here, VMC_API_TOKEN: RIGHT, VMC_CSP_URL: 'http://127.0.0.1:1' });
    expect(cut).toMatchObject({ code: 1, verdicts: { vmcSignIn: false, vmcApi: null } });
    for (const { printed } of [misled, cut]) expect(printed).toMatch(/VMC_(API|CSP)_URL/);
  });

  it('asks about the address where a 200 is no answer of the API, and takes no clock from there', async () => {
    const page = { times: 1, status: 200, body: '<html>', headers: { date: new Date(0).toUTCString() } };
    await stage.controls.addFault({ operation: 'listTasks', ...page });
    const api = await examined({ ...here, VMC_API_TOKEN: RIGHT });
    expect(api).toMatchObject({ code: 1, verdicts: { vmcSignIn: true, vmcApi: false, clock: null } });
    expect(api.checks.at(-2)).toMatchObject({
      message: expect.stringMatching(/answered 200 with something else than was requested: is VMC_API_URL right\?$/),
      remedy: 'Set VMC_API_URL to the address of the VMC API',
    });
    await stage.controls.addFault({ operation: 'authorize', ...page });
    const signIn = await examined({ ...here, VMC_API_TOKEN: RIGHT });
    expect(signIn).toMatchObject({ code: 1, verdicts: { vmcSignIn: false, vmcApi: null, clock: null } });
    expect(signIn.checks.at(-3)).toMatchObject({ remedy: 'Set VMC_CSP_URL to the address of the sign-in service' });
  });

  it('signs in without an organization, and says what to name for more', async () => {
    const { code, verdicts, checks } = await examined({ ...here, VMC_ORG_ID: '', VMC_API_TOKEN: RIGHT });
    expect({ code, verdicts }).toMatchObject({ code: 0, verdicts: { vmcSignIn: true, vmcApi: null } });
    expect(checks.at(-2)).toMatchObject({ remedy: expect.stringContaining('--org or VMC_ORG_ID') });
    expect(checks.at(-1)).toMatchObject({ check: 'clock', ok: null });
  });

  it.each([
    ['warns of a clock that is half a minute off', -30_000, { code: 0, ok: true }],
    ['exits 1 for a clock that is an hour off', 3_600_000, { code: 1, ok: false }],
  ])('%s', async (_case, offMs, expected) => {
    const date = new Date(Date.now() + offMs).toUTCString();
    await stage.controls.addFault({ operation: 'listTasks', times: 1, status: 200, headers: { date }, body: [] });
    const { code, checks } = await examined({ ...here, VMC_API_TOKEN: RIGHT });
    const clock = checks.at(-1);
    expect({ code, ok: clock?.ok }).toEqual(expected);
    expect(clock).toMatchObject({ check: 'clock', remedy: 'Set the clock of this machine (NTP)' });
    expect(clock?.message).toMatch(offMs > 0 ? /^is (59 m|1 h).* behind / : /^is [23]\d s ahead of /);
  });

  it('looks at every organization of a credentials file, unless one is named', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
    const file = path.join(folder, 'credentials.json');
    const organizations = { [ORG]: { apiToken: RIGHT }, 'org-2': { apiToken: WRONG } };
    await writeFile(file, JSON.stringify({ organizations }));
    const environment = { ...here, VMC_ORG_ID: '', VMC_CREDENTIALS_FILE: file };
    const all = await examined(environment);
    expect(all.code).toBe(1);
    expect(all.checks.filter(({ check }) => check === 'vmcSignIn')).toMatchObject([
      { ok: true, message: expect.stringContaining(ORG) },
      { ok: false, message: expect.stringContaining('org-2') },
    ]);
    expect(all.printed).not.toContain(WRONG);
    expect(await examined(environment, '--org', ORG)).toMatchObject({ code: 0, verdicts: API_GOOD });
    await rm(folder, { recursive: true });
  });
});

describe('doctor on the way to the VMC API', () => {
  let service: ScriptedServer;
  let proxy: ScriptedProxy;
  let here: Record<string, string>;
  beforeAll(async () => {
    service = await ScriptedServer.start(
      ({ url }) => ({ body: url.startsWith('/csp/') ? { access_token: 'access', expires_in: 1799 } : [] }),
      certificate('good'),
    );
    proxy = await ScriptedProxy.start(() => ({ tunnel: service.port }));
    here = {
      ...stage.environment,
      VMC_API_URL: `https://api.test:${service.port}/vmc/api`,
      VMC_CSP_URL: `https://csp.test:${service.port}`,
      VMC_ORG_ID: ORG,
      VMC_API_TOKEN: RIGHT,
      HTTPS_PROXY: proxy.urlFor('canary-user:canary-password@'),
      NODE_EXTRA_CA_CERTS: AUTHORITY_FILE,
    };
  });
  afterAll(async () => {
    await proxy.stop();
    await service.stop();
  });

  /**
   * What it says of the sign-in, in a process that does not know the authority unless it is named.
   */
  async function signInCheck(environment: Record<string, string>) {
    const { code, checks, printed } = await examined(environment);
    expect(printed).not.toContain('canary');
    return { code, ...checks.find(({ check }) => check === 'vmcSignIn') };
  }

  it('goes through the proxy, and names it', async () => {
    const { code, verdicts, checks } = await examined(here);
    expect({ code, verdicts }).toMatchObject({
      code: 0,
      verdicts: { vmcSettings: true, vmcSignIn: true, vmcApi: true },
    });
    expect(checks.find(({ check }) => check === 'vmcSettings')).toMatchObject({
      message: expect.stringContaining(`through the proxy ${proxy.host} (HTTPS_PROXY)`),
    });
  });

  it.each([
    [407, 'Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT'],
    [403, 'Have the proxy let this machine through to csp.test'],
  ])('tells a proxy that answers %d itself, and what to do', async (status, remedy) => {
    proxy.script = () => ({ text: `HTTP/1.1 ${status} No\r\n\r\n` });
    expect(await signInCheck(here)).toMatchObject({
      code: 1,
      ok: false,
      message: expect.stringContaining(`The proxy ${proxy.host} (HTTPS_PROXY) answered ${status} instead of`),
      remedy: expect.stringContaining(remedy),
    });
  });

  it('tells a proxy that is not there', async () => {
    expect(await signInCheck({ ...here, HTTPS_PROXY: 'http://127.0.0.1:1' })).toMatchObject({
      code: 1,
      message: expect.stringMatching(/The proxy 127\.0\.0\.1:1 \(HTTPS_PROXY\) .*ECONNREFUSED/),
      remedy: expect.stringContaining('NO_PROXY'),
    });
  });

  it('tells an unknown issuer, and the variable that makes it known', async () => {
    proxy.script = () => ({ tunnel: service.port });
    expect(await signInCheck({ ...here, NODE_EXTRA_CA_CERTS: '' })).toMatchObject({
      code: 1,
      message: expect.stringMatching(/issuer that is not trusted here \(\w+\)/),
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it('refuses a proxy that is none, by its variable', async () => {
    const { checks, printed } = await examined({ ...here, HTTPS_PROXY: 'socks5://canary@127.0.0.1:1080' });
    expect(checks.find(({ check }) => check === 'vmcSettings')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^HTTPS_PROXY: must be the URL of an http or https proxy/),
    });
    expect(printed).not.toContain('canary');
  });
});
