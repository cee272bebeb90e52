import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseDurationMs } from '../../domain/contract/duration';
import { readWorkerConfiguration } from '../../worker/configuration';
import type { Service } from './composeFile';
import { readComposeFile } from './composeFile';
import { ownVariables, ROOT, temporalVariables } from './variables';

const { services, secrets } = readComposeFile();
const SIMULATOR_SETTINGS = 'deploy/simulator/compose.env';

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe.each(Object.entries(services))('the service %s', (_name, declared) => {
  it('has an image of one fixed version', () => {
    expect(declared.image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(declared.image).not.toContain('auto-setup');
  });

  it('publishes on this machine only', () => {
    // No range: Podman takes none but of equal length.
    for (const port of declared.ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+|\$\{\w+-\d+\}):\d+$/);
  });

  it('names secrets that are declared, and folders that are there', () => {
    for (const secret of declared.secrets) expect(Object.keys(secrets)).toContain(secret);
    const folders = declared.volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith('.'));
    for (const folder of folders) expect(existsSync(path.join(ROOT, folder))).toBe(true);
  });

  it('runs programs and reads files that are there', () => {
    const inDeploy = [...(declared.command ?? []), ...Object.values(declared.environment).map(String)]
      .filter((word) => word.startsWith('/deploy/'))
      .map((file) => file.replace('/deploy/', 'deploy/temporal/'));
    const compiled = (declared.command ?? [])
      .filter((word) => word.startsWith('dist/'))
      .map((file) => file.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
    for (const file of [...inDeploy, ...compiled])
      expect({ file, there: existsSync(path.join(ROOT, file)) }).toEqual({ file, there: true });
  });

  it('waits for what can come about', () => {
    for (const [name, { condition }] of Object.entries(declared.depends_on)) {
      const { healthcheck, restart = 'no' } = service(name);
      if (condition === 'service_healthy') expect(healthcheck?.test).toBeDefined();
      // One that is started again whatever its end never counts as completed.
      if (condition === 'service_completed_successfully') expect(restart).toMatch(/^on-failure/);
    }
  });
});

it('lets no container of ours write to its disk, gain a right or dump its memory', () => {
  const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('vmc-cancel'));
  expect(ours.map(([name]) => name).sort()).toEqual(['cli', 'search-attributes', 'simulator', 'worker']);
  for (const [, declared] of ours)
    expect(declared).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      ulimits: { core: 0 },
    });
});

it.each(['worker', 'cli', 'search-attributes'])('%s is given settings that it knows', (name) => {
  const known = new Set([...ownVariables(), ...temporalVariables()]);
  expect(Object.keys(service(name).environment).filter((variable) => !known.has(variable))).toEqual([]);
});

it('passes every setting of the worker on', () => {
  const { environment } = service('worker');
  // Secrets come as files; the rest is for the command line alone.
  const others = ['VMC_API_TOKEN', 'VMC_CLIENT_SECRET', 'VMC_ORG_ID', 'VMC_CANCEL_UI_URL'];
  expect([...ownVariables()].filter((variable) => !(variable in environment)).sort()).toEqual(others.sort());
});

it('hands secrets over as files, each to the variable that names it', () => {
  const { environment, secrets: given } = service('worker');
  for (const secret of given) {
    const variable = Object.keys(environment).find((name) =>
      String(environment[name]).endsWith(`/run/secrets/${secret}}`),
    );
    expect(variable).toMatch(/_FILE$/);
    expect(secrets[secret]?.file).toBe(`\${${variable}:-/dev/null}`);
  }
});

it('gives the worker more time to stop than it takes', async () => {
  const token = path.join(ROOT, 'deploy/simulator/api-token');
  const configuration = await readWorkerConfiguration({ VMC_API_TOKEN_FILE: token });
  if (!configuration.ok) throw new Error(configuration.problems.join('\n'));
  expect(parseDurationMs(service('worker').stop_grace_period ?? '')).toBeGreaterThan(
    configuration.value.shutdownTimeoutMs,
  );
});

it('has the simulator where the worker may speak plain http to it, and sets the worker to it', async () => {
  expect(service('simulator')).toMatchObject({ profiles: ['simulator'], network_mode: 'service:worker' });
  const settings = parseEnv(readFileSync(path.join(ROOT, SIMULATOR_SETTINGS), 'utf8'));
  expect(settings.COMPOSE_PROFILES).toBe('simulator');
  const token = path.join(ROOT, settings.VMC_API_TOKEN_FILE ?? '');
  expect(await readWorkerConfiguration({ ...settings, VMC_API_TOKEN_FILE: token })).toMatchObject({
    ok: true,
    value: { vmc: { apiUrl: settings.VMC_API_URL, cspUrl: settings.VMC_CSP_URL } },
  });
});

function docker(...args: string[]) {
  return spawnSync('docker', ['compose', ...args], { cwd: ROOT, encoding: 'utf8' });
}

// Beside the rules above, the word of compose itself, where it is installed.
if (docker('version').status === 0) {
  it.each([[[]], [['--env-file', SIMULATOR_SETTINGS]]])('is accepted by docker compose config (%j)', (options) => {
    expect(docker(...options, 'config', '--quiet')).toMatchObject({ stderr: '', status: 0 });
  });
}
