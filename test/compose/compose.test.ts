import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import type { NewTask } from '../../development/simulatorControls';
import { SimulatorControls } from '../../development/simulatorControls';
import { readComposeFile } from '../deploy/composeFile';
import { ROOT } from '../deploy/variables';
import { nodeImage, provideImages } from '../image/baseImages';
import { until } from '../stage/until';
import { ComposeProject } from './composeProject';

const project = new ComposeProject('vmc-cancel-test');
const SIMULATED = '--env-file deploy/simulator/compose.env';
const THREE_WORKERS = `${SIMULATED} --file docker-compose.yml --file test/compose/three-workers.yml`;
const ORG = 'my-org';
const COUNT = 100;
const TIME_LIMIT_MS = 15 * 60_000;

const controls = new SimulatorControls('http://localhost:8480');

let giveBack: () => void;

beforeAll(async () => {
  const others = Object.values(readComposeFile().services).flatMap(({ build, image }) => (build ? [] : [image]));
  giveBack = await provideImages([nodeImage(), ...new Set(others)], (line) => process.stderr.write(`${line}\n`));
}, 2 * TIME_LIMIT_MS);
afterAll(async () => {
  await project.shell(`docker compose ${THREE_WORKERS} down --volumes`);
  giveBack();
}, TIME_LIMIT_MS);

/** The commands of the documentation that begin so. */
function documented(...beginnings: string[]): string[] {
  const lines = readFileSync(path.join(ROOT, 'docs/deployment.md'), 'utf8').split('\n');
  return beginnings.map((beginning) => {
    const found = lines.find((line) => line.startsWith(beginning));
    if (found === undefined) throw new Error(`docs/deployment.md has no ${beginning}`);
    return found;
  });
}

it('becomes healthy, and runs the documented commands', async () => {
  const [up = '', add = '', watch = ''] = documented(
    `docker compose ${SIMULATED} up`,
    'curl -X POST localhost:8480/_simulator/tasks',
    'docker compose run --rm cli start --org my-org --watch',
  );
  await project.shell(`${up} --detach --wait`);
  for (const { Service, State, Health, ExitCode } of await project.containers()) {
    const isDone = State === 'exited' && ExitCode === 0;
    const isUp = State === 'running' && ['healthy', ''].includes(Health);
    expect({ Service, State, Health, isRight: isDone || isUp }).toMatchObject({ isRight: true });
  }
  for (const url of [
    'http://localhost:9464/readyz',
    'http://localhost:8233',
    'http://localhost:7243/api/v1/cluster-info',
  ])
    expect((await fetch(url)).status).toBe(200);
  await project.shell(add);
  expect(await project.shell(watch)).toMatch(/CANCELED {2}after/);
});

it('brings 100 cancellations to their verdicts, a worker, Temporal and its database killed meanwhile', async () => {
  await project.shell(`docker compose ${THREE_WORKERS} up --detach --wait worker-2 worker-3`);
  const client = await CancellationClient.connect({ env: {} });
  const settlesAfterMs = 60_000;
  const scripts: NewTask['script'][] = [
    { settlesAfterMs },
    { onCancel: 'ignore', endsAfterMs: 60_000 },
    { settlesAfterMs, settlesAs: 'FAILED' },
  ];
  const started = await Promise.all(
    Array.from({ length: COUNT }, async (_, index) => {
      const ids = await controls.addTask({ orgId: ORG, script: scripts[index % scripts.length] ?? {} });
      await client.start({ ...ids, poll: { min: '1s', max: '5s' } });
      return ids;
    }),
  );
  await until(async () => (await controls.calls({ operation: 'cancelTask', status: 200 })).length > COUNT / 2);
  await project.kill('worker-2');
  for (const service of ['temporal', 'postgres']) {
    await project.kill(service);
    await project.startAgain(service);
  }
  const results = await Promise.all(started.map((ids) => client.result(ids)));
  const truth = new Map((await controls.tasks()).map(({ taskId, status }) => [taskId, status]));
  expect(results.map(({ outcome }) => outcome)).toEqual(started.map(({ taskId }) => truth.get(taskId)));
  expect(new Set(truth.values())).toEqual(new Set(['CANCELED', 'FINISHED', 'FAILED']));
  await client.close();
});

it('gives each of three workers a free port where none is set', async () => {
  await project.shell(`docker compose ${THREE_WORKERS} stop worker-2 worker-3 simulator`);
  const [scale = ''] = documented('WORKER_PORT= SIMULATOR_PORT= docker compose up');
  await project.shell(`${scale} --wait`, { VMC_API_TOKEN_FILE: 'deploy/simulator/api-token' });
  const workers = (await project.containers()).filter(({ Service }) => Service === 'worker');
  const ports = workers.flatMap(({ Publishers }) =>
    (Publishers ?? []).flatMap(({ TargetPort, PublishedPort }) => (TargetPort === 9464 ? [PublishedPort] : [])),
  );
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});
