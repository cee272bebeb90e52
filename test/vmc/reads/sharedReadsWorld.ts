import type { CancelAnswer, ReadAnswer } from '../../../domain/contract/answers';
import { startSimulator } from '../../../simulator/server';
import type { CallLimits } from '../../../vmc/api/callLimits';
import type { VmcClient } from '../../../vmc/api/client';
import type { SharedReads, TaskRead } from '../../../vmc/reads/batch';
import { createSharedReads } from '../../../vmc/reads/batch';
import type { ReadsObserver } from '../../../vmc/reads/observer';
import { HandClock } from '../../../development/handClock';
import type { NewFault } from '../../../development/simulatorControls';
import { SimulatorControls } from '../../../development/simulatorControls';
import { cleanUpLater, createClient, limits, ORG_ID, until, WITH_API_TOKEN } from '../world';

export const WITHIN_MS = 2_000;

/**
 * Shared reads over the real client, over HTTP, against the simulator; the time in which reads are
 * held and paced is the test's own.
 */
export class SharedReadsWorld {
  readonly clock = new HandClock();
  /** Of every call to the API, when it was sent by that clock. */
  readonly sentAtMs: number[] = [];
  readonly reported: string[] = [];
  private readonly reads: SharedReads;
  private inFlight = 0;
  private seen = 0;

  private constructor(
    private readonly controls: SimulatorControls,
    private readonly vmc: VmcClient,
    options: { withinMs?: number; listLimitMs?: number },
  ) {
    this.reads = createSharedReads({
      vmc: {
        cancelTask: (ids, callLimits) => this.vmc.cancelTask(ids, callLimits),
        getTask: (ids, callLimits) => this.counted(() => this.vmc.getTask(ids, callLimits)),
        listTasks: (query, callLimits) => this.counted(() => this.vmc.listTasks(query, callLimits)),
      },
      clock: this.clock,
      observer: this.observer(),
      withinMs: WITHIN_MS,
      ...options,
    });
  }

  static async create(options: { withinMs?: number; listLimitMs?: number } = {}): Promise<SharedReadsWorld> {
    const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
    cleanUpLater(() => simulator.close());
    const { apiUrl, cspUrl } = simulator;
    const client = createClient({ configuration: { apiUrl, cspUrl, credentials: WITH_API_TOKEN } });
    return new SharedReadsWorld(new SimulatorControls(simulator.url), client, options);
  }

  /** Of a run that knows its task to be STARTED, unless the test says otherwise. */
  read(taskId: string, more: Partial<TaskRead> = {}, callLimits: CallLimits = limits()): Promise<ReadAnswer> {
    return this.reads.getTask({ orgId: ORG_ID, taskId, knownStarted: true, ...more }, callLimits);
  }

  /**
   * Running tasks with these ids, each of them read once: from now on they are watched together.
   */
  async watching(...taskIds: string[]): Promise<void> {
    for (const taskId of taskIds) await this.addTask(taskId);
    await this.check(...taskIds);
  }

  /** An individual read of each: for a while, a list may answer for it. */
  async check(...taskIds: string[]): Promise<void> {
    for (const taskId of taskIds) await this.read(taskId, { alone: true });
  }

  async addTask(taskId: string, script: object = {}): Promise<void> {
    await this.controls.addTask({ orgId: ORG_ID, taskId, script });
  }

  cancel(taskId: string): Promise<CancelAnswer> {
    return this.reads.cancelTask({ orgId: ORG_ID, taskId }, limits());
  }

  async fault(fault: NewFault): Promise<void> {
    await this.controls.addFault(fault);
  }

  /** The calls that arrived since the last look: `list`, or a task's id. */
  async newCalls(): Promise<string[]> {
    const calls = await this.controls.calls();
    const all = calls.filter(({ operation }) => operation === 'getTask' || operation === 'listTasks');
    return all.splice(this.seen, (this.seen = all.length)).map(({ taskId }) => taskId ?? 'list');
  }

  async listPath(): Promise<string | undefined> {
    const calls = await this.controls.calls();
    return calls.find(({ operation }) => operation === 'listTasks')?.path;
  }

  /** Lets time pass, but never while a call is under way, until the work is done. */
  async passTimeUntil<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finished = work.finally(() => (done = true));
    for (const isUnderWay = () => !done; isUnderWay();) {
      await this.quiet();
      if (isUnderWay()) this.clock.advance(Math.min(this.clock.untilNextMs, 60_000));
    }
    return finished;
  }

  /** What was answered has been dealt with. */
  async quiet(): Promise<void> {
    do {
      await until(() => this.inFlight === 0);
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    } while (this.inFlight > 0);
  }

  private async counted<T>(call: () => Promise<T>): Promise<T> {
    this.sentAtMs.push(this.clock.nowMs());
    this.inFlight += 1;
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
    }
  }

  private observer(): ReadsObserver {
    return {
      answered: () => undefined,
      listed: () => undefined,
      opened: (orgId, reason, coolDownMs) => this.reported.push(`${orgId} ${reason} ${coolDownMs}`),
      closed: (orgId) => this.reported.push(`${orgId} closed`),
      paused: (orgId, lengthMs) => this.reported.push(`${orgId} paused ${lengthMs}`),
    };
  }
}
