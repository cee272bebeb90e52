import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { atMost } from '../../bench/kit/atMost';
import { SECOND_MS } from '../../domain/contract/duration';
import type { SimulatorControls } from '../../development/simulatorControls';
import { parseCancelTaskInput } from '../../domain/contract/input';
import { workflowId } from '../../domain/contract/names';
import type { Evidence, LoggedCall, Span, StartedCancellation, TaskTruth } from '../model/evidence';
import type { EndedCall, Run, RunFacts, Turns } from './history';
import { factsOf, holdsAny, runBefore, runReplaced, scheduledCancels } from './history';
import type { Plan, PlannedCancellation } from './plan';
import type { ProxiedCall, Proxy } from './proxy';
import { markOf } from './proxy';
import { poisonId } from './starters';

/** Where the evidence lies. */
export interface Sources {
  client: Pick<Client, 'workflow'>;
  controls: SimulatorControls;
  proxies: readonly Proxy[];
  outages: readonly Span[];
  /** By the clock of the histories. */
  now: () => number;
  longestRetryAfterMs: number;
}

/** What the campaign knows when it is over. */
export interface Gathered {
  evidence: Evidence;
  /** By workflow id: when that one alone could not go on. */
  standstills: ReadonlyMap<string, readonly Span[]>;
  /** Of all runs together. */
  turns: Turns;
  /** Poison that did not end as `InvalidInput`, and how it ended instead. */
  swallowed: readonly string[];
}

const AT_ONCE = 10;
/** What Temporal, the workers and the simulator take on two busy cores. */
const CROWD_MS = 10 * SECOND_MS;
/** Between the clocks of the call log and of the histories. */
const CLOCK_MS = 20;

export async function gather(sources: Sources, plan: Pick<Plan, 'cancellations' | 'poison'>): Promise<Gathered> {
  const gathered = await atMost(AT_ONCE, plan.cancellations, (planned) => cancellationOf(sources, planned));
  const endings = await atMost(AT_ONCE, plan.poison, async (_, index) => {
    const runs = await runsOf(sources, poisonId(index));
    return { index, ending: factsOf(runs).ending };
  });
  return {
    evidence: {
      cancellations: gathered.map(({ cancellation }) => cancellation),
      calls: await callsOf(sources, new Map(gathered.map(({ cancellation, calls }) => [taskKey(cancellation), calls]))),
      tasks: await truths(sources),
      outages: sources.outages,
      takenAtMs: sources.now(),
      longestRetryAfterMs: sources.longestRetryAfterMs,
      crowdMs: CROWD_MS,
    },
    standstills: new Map(gathered.map(({ cancellation, standstills }) => [cancellation.workflowId, standstills])),
    turns: sum(gathered.map(({ turns }) => turns)),
    swallowed: endings.flatMap(({ index, ending }) =>
      ending.kind === 'failed' && ending.type === 'InvalidInput'
        ? []
        : [`${poisonId(index)}: ${JSON.stringify(ending)} on ${JSON.stringify(plan.poison[index]?.input)}`],
    ),
  };
}

function sum(all: readonly Turns[]): Turns {
  return all.reduce(
    (total, { continued, resets, pauses }) => ({
      continued: total.continued + continued,
      resets: total.resets + resets,
      pauses: total.pauses + pauses,
    }),
    { continued: 0, resets: 0, pauses: 0 },
  );
}

async function cancellationOf(
  sources: Sources,
  { orgId, taskId, input }: PlannedCancellation,
): Promise<Pick<RunFacts, 'standstills' | 'calls' | 'turns'> & { cancellation: StartedCancellation }> {
  const id = workflowId({ orgId, taskId });
  const settings = parseCancelTaskInput({ orgId, taskId, ...input });
  if (!settings.ok) throw new Error(`the plan of ${id} is none: ${settings.problems.join('; ')}`);
  const runs = await runsOf(sources, id).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  });
  const { beganAtMs, startedAtMs, extendedByMs, operatorCancels, standstills, calls, turns, ...facts } = factsOf(runs);
  const { deadlineMs, onDeclined, maxCancelRequests, pollPace } = settings.value;
  const cancellation: StartedCancellation = {
    ...{ workflowId: id, orgId, taskId, startedAtMs, onDeclined, maxCancelRequests, poll: pollPace },
    deadlineAtMs: beganAtMs + deadlineMs + extendedByMs,
    operatorCancels: operatorCancels + (await forgottenCancels(sources, id, runs)),
    hasLeaked: runs.some((run) => sources.proxies.some(({ secrets }) => holdsAny(run, secrets))),
    ...facts,
    ...(runs.length === 0 && { ending: { kind: 'gone', how: 'Temporal knows no such run' } }),
  };
  return { cancellation, standstills, calls, turns };
}

/** The latest run, preceded by the runs that it continues. */
async function runsOf(sources: Pick<Sources, 'client'>, id: string): Promise<Run[]> {
  const runs = [await runOf(sources, id)];
  for (;;) {
    const before = runBefore(runs[0] ?? []);
    if (before === null) return runs;
    runs.unshift(await runOf(sources, id, before));
  }
}

async function runOf({ client }: Pick<Sources, 'client'>, id: string, runId?: string): Promise<Run> {
  return (await client.workflow.getHandle(id, runId).fetchHistory()).events ?? [];
}

/**
 * A reset forgets cancels, and the run that begins anew has its whole budget again. One that begins
 * the cancellation anew is judged from then on: of the ones before, only what was in flight counts.
 */
async function forgottenCancels(sources: Sources, id: string, runs: readonly Run[]): Promise<number> {
  let forgotten = 0;
  for (const [index, run] of runs.entries()) {
    for (let base = runReplaced(run); base !== null;) {
      const replaced = await runOf(sources, id, base);
      forgotten += scheduledCancels(replaced, index === 0 ? 'inFlight' : 'all');
      base = runReplaced(replaced);
    }
  }
  return forgotten;
}

async function truths({ controls }: Sources): Promise<TaskTruth[]> {
  return (await controls.tasks()).map(({ endedAt, vanishesAt, ...task }) => ({
    ...task,
    endedAtMs: endedAt === null ? null : Date.parse(endedAt),
    vanishedAtMs: vanishesAt === null ? null : Date.parse(vanishesAt),
  }));
}

/** The API's own log, with what the proxies know of each call, and what they kept back. */
async function callsOf(
  { controls, proxies }: Sources,
  ended: ReadonlyMap<string, readonly EndedCall[]>,
): Promise<LoggedCall[]> {
  const logged = await controls.calls();
  const byMark = new Map(logged.flatMap((call) => (call.operation === 'authorize' ? [] : [[markOf(call.path), call]])));
  const proxied = proxies.flatMap((proxy) => {
    return proxy.calls.flatMap((call): LoggedCall[] => {
      const { operation, orgId, taskId, forgedStatus, copyMark } = call;
      const at = new Date(call.receivedAtMs).toISOString();
      const about = { operation, orgId, taskId, mayBeLost: mayBeLost(call, ended.get(taskKey(call)) ?? []) };
      if (forgedStatus !== null) return [{ ...about, at, status: forgedStatus, isForged: true }];
      // Sign-ins have no mark: the API's own log has them.
      if (operation === 'authorize') return [];
      const heard = byMark.get(call.mark);
      const copy = copyMark === null ? undefined : byMark.get(copyMark);
      return [
        { ...about, at: heard?.at ?? at, status: heard?.status ?? null },
        ...(copy === undefined ? [] : [{ ...about, at: copy.at, status: copy.status, isCopy: true }]),
      ];
    });
  });
  const signIns = logged.filter(({ operation }) => operation === 'authorize');
  return [...proxied, ...signIns].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/**
 * Whether its answer may not have reached the run: the caller did not get it, or of the run's calls
 * that were under way then, none has an answer, or not each. A list answers several runs.
 */
function mayBeLost(call: ProxiedCall, ended: readonly EndedCall[]): boolean {
  const { operation, isAnswered, receivedAtMs } = call;
  if (!isAnswered) return true;
  if (operation === 'listTasks' || operation === 'authorize') return false;
  const activity = operation === 'cancelTask' ? 'requestCancel' : 'getTaskStatus';
  const underWay = ended.filter(
    (one) => one.activity === activity && receivedAtMs >= one.fromMs - CLOCK_MS && receivedAtMs <= one.toMs,
  );
  return underWay.length === 0 || !underWay.every((one) => one.isAnswered);
}

function taskKey({ orgId, taskId }: { orgId: string | null; taskId: string | null }): string {
  return `${orgId ?? ''}:${taskId ?? ''}`;
}

/** The histories of these cancellations as Temporal's own tools read them. */
export async function saveHistories(
  sources: Pick<Sources, 'client'>,
  ids: readonly string[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await atMost(AT_ONCE, ids, async (id) => {
    for (const [index, events] of (await runsOf(sources, id)).entries()) {
      const name = `${id.replaceAll(':', '_')}-${index}.json`;
      await writeFile(path.join(folder, name), historyToJSON({ events: [...events] }));
    }
  });
}
