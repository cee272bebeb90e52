import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { draws } from '../../environment/draws';
import type { ChildProcess } from '../../stage/childProcess';
import { Cli } from '../../stage/cli';
import { Stage } from '../../stage/stage';
import { until } from '../../stage/until';

const ORG = 'org-of-many';
const COUNT = draws(200, 500);
const TASK_IDS = Array.from({ length: COUNT }, (_, index) => `task-${String(index).padStart(3, '0')}`);

/**
 * Their cancel's own answer is the verdict: what is looked at here is the command, and each status
 * read would cost the machine its time.
 */
const AT_ONCE = { settlesAfterMs: 0 };
/**
 * Few, for whose sake the watch goes on when all others are over: some of them are started by the
 * first call, and outlast it.
 */
const LATER = { settlesAfterMs: 30_000 };
const OTHERWISE = { settlesAfterMs: 0, settlesAs: 'FINISHED' };

function scriptOf(index: number): object {
  if (index === 0 || index === COUNT - 1) return OTHERWISE;
  return index % 20 === 0 ? LATER : AT_ONCE;
}

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await Promise.all(
    TASK_IDS.map((taskId, index) => stage.controls.addTask({ orgId: ORG, taskId, script: scriptOf(index) })),
  );
}, 180_000);
afterAll(() => stage.end());

const MEBIBYTE = 1024 * 1024;
/**
 * Node with the sources' loader, the Temporal client and its connection take some 170 MiB before
 * the first task, and a task's progress, its result and its long poll some 100 KiB: far below this
 * for them all. What kept every answer that it heard would go beyond.
 */
const MOST_RSS_BYTES = 350 * MEBIBYTE;
/** The collector's own ups and downs. */
const LEEWAY = 1.2;
const SAMPLE_INTERVAL_MS = 250;

/**
 * The memory of a process over its life, and how many verdicts it had told by then. Nothing where
 * there is no /proc to tell it.
 */
class MemorySamples {
  readonly all: { rssBytes: number; verdicts: number }[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly cli: ChildProcess) {
    this.timer = setInterval(() => void this.take(), SAMPLE_INTERVAL_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }

  peakBytes(from: number, to: number): number {
    const among = this.all.filter(({ verdicts }) => verdicts >= from && verdicts < to);
    return Math.max(...among.map(({ rssBytes }) => rssBytes));
  }

  private async take(): Promise<void> {
    const status = await readFile(`/proc/${this.cli.pid}/status`, 'utf8').catch(() => '');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    const verdicts = this.cli.output.match(/ {2}after \d/g)?.length ?? 0;
    if (kibibytes !== undefined) this.all.push({ rssBytes: Number(kibibytes) * 1024, verdicts });
  }
}

describe(`cancel-all over ${COUNT} tasks`, () => {
  it('interrupted half-way and given again loses none and cancels none twice, with its memory flat', async () => {
    const environment = stage.vmcEnvironment(ORG);
    await stage.startWorker();
    const first = new Cli(['cancel-all', '--yes'], environment);
    await first.printed(`Started  vmc-cancel:${ORG}:${TASK_IDS[COUNT / 2] ?? ''}\n`, 'output');
    first.interrupt();
    expect(await first.exitCode).toBe(130);
    const startedCount = first.output.match(/^Started /gm)?.length ?? 0;
    expect(startedCount).toBeLessThan(COUNT);
    expect(first.output).toContain(`Interrupted: ${startedCount} of ${COUNT} are started or joined, and go on.`);

    // Most that the first call started are CANCELING or over by now: the second starts the others.
    // With a small young generation, its memory is what it keeps, not what the collector lets lie.
    const steady = { ...environment, NODE_OPTIONS: '--max-semi-space-size=1' };
    const second = new Cli(['cancel-all', '--yes'], steady);
    const memory = new MemorySamples(second);
    await second.printed(`To cancel: ${COUNT - startedCount} (`, 'output');
    expect(await second.exitCode).toBe(10);
    memory.end();
    expect(second.output.match(/^Started /gm)).toHaveLength(COUNT - startedCount);
    // It joins those that the busy worker has not yet sent the cancel for.
    const joinedCount = second.output.match(/^Joined /gm)?.length ?? 0;
    const [, canceled, finished] = /^VERDICT +TASKS\nCANCELED +(\d+)\nFINISHED +(\d+)\n\n/m.exec(second.output) ?? [];
    expect(Number(canceled) + Number(finished)).toBe(COUNT - startedCount + joinedCount);
    expect(second.output).toMatch(new RegExp(`^${TASK_IDS.at(-1) ?? ''} +FINISHED +SDDC-PROVISION `, 'm'));

    await until(async () => (await stage.client.list({ orgId: ORG, status: 'running', limit: 1 })).length === 0);
    const third = new Cli(['cancel-all', '--yes'], environment);
    expect(await third.exitCode).toBe(0);
    expect(third.output).toContain('Nothing to do');

    const cancelled = (await stage.controls.calls({ orgId: ORG, operation: 'cancelTask' })).map(({ taskId }) => taskId);
    expect(cancelled.toSorted()).toEqual(TASK_IDS);
    const runs = await stage.client.list({ orgId: ORG });
    expect(runs.map(({ taskId }) => taskId).toSorted()).toEqual(TASK_IDS);

    if (!existsSync('/proc/self/status')) return;
    expect(memory.peakBytes(0, Infinity)).toBeLessThan(MOST_RSS_BYTES);
    // The long tail of the watch, against the rush before it.
    const inTail = 0.9 * (COUNT - startedCount);
    expect(memory.peakBytes(inTail, Infinity)).toBeLessThan(LEEWAY * memory.peakBytes(0, inTail));
  }, 300_000);
});
