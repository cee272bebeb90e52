import type { HistoryAndWorkflowId as ReplayHistory } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { WORKFLOW_TYPE } from '../domain/contract/names';
import { cleanEnvironment } from '../domain/settings/environment';
import { printable } from '../domain/text/printedText';
import { TemporalConnection } from '../temporal/connection';
import { listedRuns } from '../temporal/listedRuns';
import { readTemporalSettings } from '../temporal/settings';
import { FAILURE_CONVERTER_PATH, workflowBundle } from './bundle';
import { createMetrics } from './metrics';
import { createRunSinks } from './runSinks';
import { Troubles } from './troubles';

/** Paused ones included. */
const OPEN_RUNS = `WorkflowType = '${WORKFLOW_TYPE}' AND CloseTime IS NULL`;
const PAGE_SIZE = 100;

/**
 * Replays the histories of all running cancellations of the namespace on this build, before it is
 * rolled out. Exits 1 where one does not replay: this build would leave that run stuck.
 */
async function main(): Promise<number> {
  // What fails is reported below, by its workflow id.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const temporal = await TemporalConnection.open(await readTemporalSettings(cleanEnvironment(process.env)));
  try {
    const options = {
      workflowBundle: await workflowBundle(),
      dataConverter: { failureConverterPath: FAILURE_CONVERTER_PATH },
      sinks: createRunSinks(
        createMetrics(() => new Map()),
        new Troubles(),
      ),
    };
    let replayed = 0;
    let failed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories(options, openHistories(temporal))) {
      replayed += 1;
      if (error === undefined) continue;
      failed += 1;
      console.error(`${printable(workflowId)} does not replay: ${printable(error.message)}`);
    }
    console.log(`${replayed} open runs replayed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await temporal.close();
  }
}

async function* openHistories(temporal: TemporalConnection): AsyncGenerator<ReplayHistory> {
  for await (const { execution } of listedRuns(temporal, OPEN_RUNS, PAGE_SIZE)) {
    const { workflowId, runId } = execution ?? {};
    if (typeof workflowId !== 'string' || typeof runId !== 'string') continue;
    yield { workflowId, history: await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory() };
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
