import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { atMost } from '../../../bench/kit/atMost';
import { STUCK_QUERY } from '../../../client/stuckRuns';
import { HOUR_MS, SECOND_MS } from '../../../domain/contract/duration';
import { INVALID_INPUT, UPDATES, workflowId } from '../../../domain/contract/names';
import { OUTCOMES } from '../../../domain/contract/result';
import { settingsOf } from '../../../temporal/connection';
import { connectionOptions } from '../../../temporal/settings';
import { readableForms } from '../../leaks';
import { FAST, Stage } from '../../stage/stage';
import type { WorkerProcess } from '../../stage/workerProcess';
import { CANARY } from '../answers/secrets';
import type { Tally } from '../tally';
import type { Input } from './draw';
import { drawnInput, FIXED, UPDATE_NAMES } from './draw';
import { KNOWN_TASK } from './payloads';
import { OVER, send } from './send';

const STARTS_AT_ONCE = 16;
/** Each with a run of its own for its updates, signals and queries. */
const LANES = 6;
/** The server lets a run have two thousand updates in all. */
const INPUTS_A_RUN = 1_000;
/** So often a good start goes in between. */
const GOOD_EVERY = 100;
const DRAIN_LIMIT_MS = 60 * SECOND_MS;
const LOOK_EVERY_MS = SECOND_MS;
/** With room for the line about each run. */
const MAX_LOG_BYTES_AN_INPUT = 5_000;

const { WorkflowTaskFailedCause } = temporal.api.enums.v1;
/** It takes the task back, as where large signals have come meanwhile, and gives out another. */
const SERVERS_OWN_CAUSES = [
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
];

function isServersOwn(cause: temporal.api.enums.v1.WorkflowTaskFailedCause | null | undefined): boolean {
  return SERVERS_OWN_CAUSES.some((one) => one === cause);
}

const BY_KIND: Record<Input['kind'], readonly string[]> = {
  start: [INVALID_INPUT, 'TaskNotFound', ...OUTCOMES],
  update: [INVALID_INPUT, 'answered'],
  signal: ['taken'],
  query: ['answered'],
};

/** An input, and what repeats it. */
interface Numbered {
  only: string;
  input: Input;
}

/** One worker, with a Temporal and an API for it alone. */
export class InputStage {
  private readonly client: Client;
  private sentCount = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly connection: Connection,
    private readonly worker: WorkerProcess,
  ) {
    this.client = new Client({ connection });
  }

  static async begin(): Promise<InputStage> {
    const stage = await Stage.begin();
    await stage.controls.addTask({ ...KNOWN_TASK, script: { settlesAfterMs: 0 } });
    const worker = await stage.startWorker({ VMC_API_TOKEN: CANARY });
    const settings = await settingsOf({ address: stage.server.address, env: {} });
    if (!settings.ok) throw new Error(settings.problems.join('; '));
    return new InputStage(stage, await Connection.connect(connectionOptions(settings.value)), worker);
  }

  /** Sends the drawn inputs of these numbers. */
  async sendDrawn(seed: number, { from, to }: { from: number; to: number }, tally: Tally): Promise<void> {
    const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
    await this.sendEach(
      indexes.map((index) => numbered(seed, `i${index}`)),
      tally,
    );
  }

  /** Sends those that are not drawn. */
  async sendFixed(seed: number, tally: Tally): Promise<void> {
    await this.sendEach(
      [...FIXED.keys()].map((index) => numbered(seed, `f${index}`)),
      tally,
    );
  }

  /** @param only such as i17, or f3 of the fixed ones */
  async sendOne(seed: number, only: string, tally: Tally): Promise<void> {
    await this.sendEach([numbered(seed, only)], tally);
  }

  private async sendEach(inputs: readonly Numbered[], tally: Tally): Promise<void> {
    this.sentCount += inputs.length;
    const starts = inputs.filter(({ input }) => input.kind === 'start');
    const others = inputs.filter(({ input }) => input.kind !== 'start').values();
    await Promise.all([
      atMost(STARTS_AT_ONCE, starts, async (one, index) => {
        await this.sendNoted(one, '', tally);
        if (index % GOOD_EVERY === 0) await this.startGood(tally);
      }),
      ...Array.from({ length: LANES }, () => this.lane(others, tally)),
    ]);
    await this.drain(tally);
  }

  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.worker.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
  }

  /** Ends the worker as a deployment does, and looks at what it has logged. */
  async end(tally: Tally): Promise<void> {
    this.worker.signal('SIGTERM');
    const code = await this.worker.exitCode;
    if (code !== 0) tally.find(null, `the worker ended with ${code ?? 'a signal'}`);
    const { output } = this.worker;
    if (readableForms(CANARY).some((secret) => output.includes(secret))) tally.find(null, 'a secret is in the log');
    if (output.length > MAX_LOG_BYTES_AN_INPUT * Math.max(this.sentCount, 100))
      tally.find(null, `a log of ${output.length} characters`);
    await this.connection.close();
    await this.stage.end();
  }

  private async lane(inputs: Iterator<Numbered> & Iterable<Numbered>, tally: Tally): Promise<void> {
    let target: string | null = null;
    let sent = 0;
    for (const one of inputs) {
      target ??= await this.startTarget();
      // The one before may have ended it: it was right by chance.
      if ((await this.sendNoted(one, target, tally)) === OVER) {
        await this.stop(target, tally);
        target = await this.startTarget();
        sent = 0;
        await this.sendNoted(one, target, tally);
      }
      sent += 1;
      if (sent < INPUTS_A_RUN) continue;
      await this.stop(target, tally);
      target = null;
      sent = 0;
    }
    if (target !== null) await this.stop(target, tally);
  }

  private async sendNoted({ only, input }: Numbered, target: string, tally: Tally): Promise<string> {
    const beganAtMs = performance.now();
    const came = await send(this.connection, input, target).catch((error: unknown) => {
      tally.find(only, error instanceof Error ? error.message : String(error));
      return 'finding';
    });
    if (came === OVER) return came;
    tally.note(`${input.kind} ${came}`, performance.now() - beganAtMs);
    if (came !== 'finding' && !expectedOf(input).includes(came)) tally.find(only, `came to ${came}`);
    return came;
  }

  private async startGood(tally: Tally): Promise<void> {
    const beganAtMs = performance.now();
    const { workflowId } = await this.stage.started({ settlesAfterMs: SECOND_MS }, FAST);
    const { outcome } = await this.stage.client.result(workflowId);
    tally.note(`good start ${outcome}`, performance.now() - beganAtMs);
    if (outcome !== 'CANCELED') tally.find(null, `the good start ${workflowId} came to ${outcome}`);
  }

  private async startTarget(): Promise<string> {
    const ids = await this.stage.task({ settlesAfterMs: 24 * HOUR_MS });
    await this.stage.client.start(ids);
    return workflowId(ids);
  }

  /** Stops it, and looks whether a workflow task of it has ever failed. */
  private async stop(target: string, tally: Tally): Promise<void> {
    const handle = this.client.workflow.getHandle(target);
    if ((await handle.describe()).status.name === 'RUNNING') await handle.executeUpdate(UPDATES.stopMonitoring);
    const { events } = await handle.fetchHistory();
    for (const { workflowTaskFailedEventAttributes: failed } of events ?? [])
      if (failed && !isServersOwn(failed.cause))
        tally.find(null, `a workflow task has failed: ${failed.failure?.message ?? failed.cause ?? '?'}`);
  }

  /** Until nothing runs any more. */
  private async drain(tally: Tally): Promise<void> {
    const giveUpAtMs = Date.now() + DRAIN_LIMIT_MS;
    const count = async (query: string) => (await this.client.workflow.count(query)).count;
    while ((await count(`ExecutionStatus = 'Running'`)) > 0) {
      if (Date.now() > giveUpAtMs) {
        const stuck = await count(STUCK_QUERY);
        tally.find(null, `runs are left that do not end; ${stuck} of them have a failing workflow task`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function numbered(seed: number, only: string): Numbered {
  const index = Number(only.slice(1));
  const input = only.startsWith('f') ? FIXED[index] : drawnInput(seed, index);
  if (input === undefined) throw new Error(`there is no ${only}`);
  return { only, input };
}

/** What may come of an input. */
function expectedOf(input: Input): readonly string[] {
  if (input.kind === 'start') return BY_KIND.start;
  if (input.name === '') return ['refused by the server'];
  // The SDK refuses, and quotes, the name of an update or a query that there is not.
  if (input.kind === 'update' && !UPDATE_NAMES.includes(input.name)) return ['Error'];
  if (input.kind === 'query' && input.name.startsWith('no')) return ['refused by the server'];
  return BY_KIND[input.kind];
}
