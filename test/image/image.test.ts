import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { version } from '../../package.json';
import { run } from '../../development/run';
import { ROOT } from '../deploy/variables';
import { freePort } from '../environment/freePort';
import { FAST, Stage } from '../stage/stage';
import { until } from '../stage/until';
import { docker, succeeds } from './docker';
import { imageOf, REVISION } from './globalSetup';
import { hadolint } from './hadolint';

/** As the compose file and any cluster with a policy run it. */
const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];

let stage: Stage;
const containers: string[] = [];
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterEach(async () => {
  for (const container of containers.splice(0)) await docker('rm', '--force', container);
});
afterAll(() => stage.end());

function settings(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

/** On this machine's network: Temporal and the simulator are on its loopback. */
async function started(variables: Readonly<Record<string, string>>, image = imageOf('worker')): Promise<string> {
  const container = await docker('run', '--detach', '--network', 'host', ...HARDENED, ...settings(variables), image);
  containers.push(container);
  return container;
}

/** The output of a command in the image, which ends by itself. */
async function within(image: string, ...command: string[]): Promise<string> {
  return await docker(
    'run',
    '--rm',
    '--network',
    'host',
    ...HARDENED,
    ...settings(stage.environment),
    image,
    ...command,
  );
}

async function stateOf(container: string): Promise<{ Health: { Status: string }; ExitCode: number }> {
  return JSON.parse(await docker('inspect', '--format', '{{json .State}}', container)) as never;
}

describe('the Dockerfile', () => {
  it('passes hadolint', async () => {
    const checked = await run(await hadolint(), [path.join(ROOT, 'Dockerfile')], {
      env: process.env,
      timeLimitMs: 60_000,
    });
    expect(checked).toEqual({ output: '', failure: null });
  });
});

describe('the image of the worker', () => {
  it('runs as a number, and names its version and commit', async () => {
    const config = JSON.parse(
      await docker('image', 'inspect', '--format', '{{json .Config}}', imageOf('worker')),
    ) as object;
    expect(config).toMatchObject({
      User: '1000',
      Labels: {
        'org.opencontainers.image.title': 'vmc-cancel',
        'org.opencontainers.image.licenses': 'MIT',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.revision': REVISION,
      },
    });
    expect(await within(imageOf('worker'), 'node', 'dist/cli/main.js', '--version')).toBe(
      `${version}-${REVISION.slice(0, 12)}`,
    );
  });

  it('has the compiled program and one build of the core: no source, no TypeScript, no simulator', async () => {
    const files = (await within(imageOf('worker'), 'find', '/app', '-not', '-path', '*/node_modules/*/*')).split('\n');
    expect(files).toContain('/app/dist/worker/workflow-bundle.js');
    expect(files.filter((file) => /(?<!\.d)\.ts$|simulator|\.npmrc$|\.git$/.test(file))).toEqual([]);
    const releases = await within(imageOf('worker'), 'ls', 'node_modules/@temporalio/core-bridge/releases');
    expect(releases).toMatch(/^(x86_64|aarch64)-unknown-linux-gnu$/);
    const packages = await within(imageOf('worker'), 'ls', 'node_modules');
    expect(packages.split('\n')).not.toContain('typescript');
    expect(packages.split('\n')).toContain('zod');
  });

  it('brings a cancellation to its verdict, read-only and without capabilities, and ends with 0', async () => {
    const port = await freePort();
    const worker = await started({ ...stage.vmcEnvironment(), VMC_CANCEL_HTTP_ADDRESS: `127.0.0.1:${port}` });
    const ids = await stage.started({ settlesAfterMs: 2_000 }, FAST);
    expect(await stage.client.result(ids)).toMatchObject({ outcome: 'CANCELED' });
    await until(async () => (await stateOf(worker)).Health.Status === 'healthy');
    expect(await docker('diff', worker)).toBe('');
    await docker('stop', '--time', '60', worker);
    expect(await stateOf(worker)).toMatchObject({ ExitCode: 0 });
    expect(await docker('logs', worker)).toMatch(/"msg":"stopped"/);
  });

  it('has the command line, whose doctor passes every check', async () => {
    await started({ ...stage.vmcEnvironment(), VMC_CANCEL_HTTP_ADDRESS: `127.0.0.1:${await freePort()}` });
    await until(() =>
      succeeds(
        'run',
        '--rm',
        '--network',
        'host',
        ...settings(stage.vmcEnvironment()),
        imageOf('worker'),
        'node',
        'dist/cli/main.js',
        'doctor',
      ),
    );
    expect(await within(imageOf('worker'), 'node', 'dist/cli/main.js', 'list', '--json')).toMatch(/^\{/);
  });
});

describe('the image of the simulator', () => {
  it('has the simulator, which answers', async () => {
    const port = await freePort();
    const container = await docker(
      'run',
      '--detach',
      '--publish',
      `127.0.0.1:${port}:8480`,
      ...HARDENED,
      imageOf('simulator'),
    );
    containers.push(container);
    const calls = `http://127.0.0.1:${port}/_simulator/calls`;
    await until(() =>
      fetch(calls).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    expect(await (await fetch(calls)).json()).toEqual([]);
  });
});
