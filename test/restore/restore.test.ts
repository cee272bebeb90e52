import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseHostAndPort } from '../../domain/settings/hostAndPort';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { checkDocumentSchema } from '../../cli/documents';
import { Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

const COUNT = 20;
const PACE = { poll: { min: '1s', max: '2s' } };
/** Status reads of a run by which the workers are ahead of the backup. */
const POLLS_AHEAD = 8;

let folder: string;
let stage: Stage;
let server: DevServer;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'restore-'));
  stage = await Stage.begin({ dbFile: file('temporal.db') });
  ({ server } = stage);
});
afterEach(async () => {
  await server.stop();
  await stage.end();
  rmSync(folder, { recursive: true });
});

function file(name: string): string {
  return path.join(folder, name);
}

/** Stops Temporal, does something to its database, and starts it again at its address. */
async function withTemporalDown(act: () => void): Promise<void> {
  await server.stop();
  act();
  const { port } = parseHostAndPort(server.address) ?? {};
  if (port === undefined) throw new Error(`no port in ${server.address}`);
  server = await startDevServer({ ui: false, port, dbFile: file('temporal.db') });
}

async function monitored(settlesAfterMs: number): Promise<string[]> {
  const started = await Promise.all(Array.from({ length: COUNT }, () => stage.started({ settlesAfterMs }, PACE)));
  const ids = started.map(({ workflowId }) => workflowId);
  for (const id of ids) await stage.untilProgress(id, ({ phase }) => phase === 'MONITORING');
  return ids;
}

/** Until the runs are ahead of the backup, which is of their first seconds. */
async function goneOn(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => stage.untilProgress(id, ({ polls }) => polls >= POLLS_AHEAD)));
}

function backUp(): void {
  copyFileSync(file('temporal.db'), file('backup.db'));
}

function restore(): void {
  copyFileSync(file('backup.db'), file('temporal.db'));
}

async function stuckInDoctor() {
  const { code, stdout } = await stage.run('doctor', '--json');
  const check = documents(stdout).find((document) => checkDocumentSchema.parse(document).check === 'stuckRuns');
  return { code, message: String(check?.message), remedy: String(check?.remedy) };
}

describe(`a database restored under ${COUNT} cancellations`, () => {
  it('with the workers stopped first, brings all to their verdict', async () => {
    const worker = await stage.startWorker();
    const ids = await monitored(60_000);
    await withTemporalDown(backUp);
    await goneOn(ids);
    worker.signal('SIGTERM');
    await worker.ended;
    await withTemporalDown(restore);
    await stage.startWorker();
    const results = await Promise.all(ids.map((id) => stage.client.result(id)));
    expect(results.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'CANCELED'));
    expect(results.map(({ cancelRequests }) => cancelRequests)).toEqual(ids.map(() => 1));
  });

  it('with the workers kept, has every stuck one named by doctor, and cured by its command', async () => {
    await stage.startWorker();
    const ids = await monitored(240_000);
    await withTemporalDown(backUp);
    await goneOn(ids);
    await withTemporalDown(restore);
    // What is not stuck goes on: each run is one or the other.
    const stuck: string[] = [];
    for (const id of ids)
      await until(async () => {
        const state = await stage.client.describe(id);
        if (state.status !== 'running') throw new Error(`${id} is over`);
        if (state.halted !== undefined) return stuck.push(id) > 0;
        return await stage.client.progress(id).then(
          ({ polls }) => polls > POLLS_AHEAD,
          () => false,
        );
      });
    console.log(`${stuck.length} of ${COUNT} are stuck`);
    const found = await stuckInDoctor();
    if (stuck.length > 0) {
      expect(found.code).toBe(1);
      for (const id of stuck) expect(found.message).toContain(id);
      const [, query = ''] = /--query "([^"]+)"/.exec(found.remedy) ?? [];
      await stage.temporal(
        ...['workflow', 'reset', '--namespace', 'default', '--query', query],
        ...['--type', 'FirstWorkflowTask', '--reason', 'stuck', '--yes'],
      );
    }
    const results = await Promise.all(ids.map((id) => stage.client.result(id)));
    expect(results.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'CANCELED'));
    expect((await stuckInDoctor()).message).toBe('none');
  });
});
