import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReference } from '../../client';
import { RunFailedError } from '../../client';
import type { Glance } from '../../cli/output/glance';
import { glanceOfFailure, glanceOfProgress, glanceOfResult, unknownGlance } from '../../cli/output/glance';
import type { CancelTaskProgress, CancelTaskResult } from '../../domain/contract/result';
import type { TaskIds } from '../../vmc/api/client';
import type { Scene } from './scenes';
import type { Stage } from './stage';

interface CallCounts {
  cancels: number;
  reads: number;
}

/** How a scene ended. */
export interface Performance extends CallCounts {
  scene: Scene;
  run: RunReference;
  verdict: string;
  tookMs: number;
}

export interface Audience {
  saw: (scene: Scene, glance: Glance) => void;
  say: (line: string) => void;
}

const BRISK = { min: '500ms', max: '1s' } as const;
/** Far above the duration of any scene, so that a broken demo fails instead of hanging. */
const DEADLINE = '90s';

/** Plays one scene to its verdict. Ends early, with the signal's reason, when the signal fires. */
export async function perform(
  scene: Scene,
  stage: Stage,
  audience: Audience,
  signal: AbortSignal,
): Promise<Performance> {
  const ids = { orgId: stage.orgId, taskId: scene.name };
  if (scene.script !== null) await stage.simulator.addTask({ ...ids, script: scene.script });
  await beforehand(scene, stage);
  const before = await callsAbout(ids, stage);

  const startedAtMs = Date.now();
  const run = await stage.client.start({ ...ids, deadline: DEADLINE, poll: BRISK, ...scene.input });
  const verdict = await watched(scene, stage, audience, signal);
  const tookMs = Date.now() - startedAtMs;
  const after = await callsAbout(ids, stage);
  return {
    scene,
    run,
    verdict,
    tookMs,
    cancels: after.cancels - before.cancels,
    reads: after.reads - before.reads,
  };
}

/** How a performance differs from its scene, or null. */
export function complaintAbout({ scene, verdict, cancels }: Performance): string | null {
  if (verdict !== scene.expected) return `${scene.name}: expected ${scene.expected}, got ${verdict}`;
  if (scene.twist === 'workerIsKilled' && cancels !== 1)
    return `${scene.name}: expected one cancel in the API's log, found ${cancels}`;
  return null;
}

async function callsAbout(ids: TaskIds, { simulator }: Stage): Promise<CallCounts> {
  const [cancels, reads] = await Promise.all(
    (['cancelTask', 'getTask'] as const).map((operation) => simulator.calls({ ...ids, operation })),
  );
  return { cancels: cancels?.length ?? 0, reads: reads?.length ?? 0 };
}

async function beforehand(scene: Scene, { orgId, simulator, cancelAsSomebodyElse }: Stage): Promise<void> {
  switch (scene.twist) {
    case 'somebodyElseCancels':
      await cancelAsSomebodyElse({ orgId, taskId: scene.name });
      break;
    case 'apiIsDown':
      await simulator.addFault({ operation: 'getTask', taskId: scene.name, times: 3, status: 503, body: '' });
      break;
    case 'operatorStops':
    case 'workerIsKilled':
    case null:
      break;
  }
}

async function watched(scene: Scene, stage: Stage, audience: Audience, signal: AbortSignal): Promise<string> {
  let glance = unknownGlance(scene.name);
  let twist: Promise<void> | null = null;
  const failure = new AbortController();
  const watching = AbortSignal.any([signal, failure.signal]);
  const show = (seen: Glance) => {
    glance = seen;
    audience.saw(scene, seen);
  };
  try {
    for await (const event of stage.client.watch({ orgId: stage.orgId, taskId: scene.name }, { signal: watching })) {
      switch (event.kind) {
        case 'progress':
          show({ ...glanceOfProgress(event.progress), trouble: event.progress.trouble?.type ?? null });
          twist ??= twistDue(scene, event.progress, stage, audience, signal);
          twist?.catch((error: unknown) => {
            failure.abort(error);
          });
          break;
        case 'noWorker':
          show({ ...glance, trouble: 'no worker' });
          break;
        case 'halted':
          show({ ...glance, trouble: event.error.message });
          break;
        case 'unreachable':
          show({ ...glance, trouble: 'no Temporal' });
          break;
        case 'settled':
          show(glanceOfResult(event.result));
          await twist;
          return verdictOf(event.result);
      }
    }
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    show({ ...glanceOfFailure(scene.name, error.failure), startedAtMs: glance.startedAtMs, endedAtMs: Date.now() });
    return error.failure.type;
  }
  throw new Error(`the watch of ${scene.name} ended without a verdict`);
}

function verdictOf({ outcome, alreadySettled }: CancelTaskResult): string {
  return alreadySettled ? `${outcome}, already over` : outcome;
}

/** The intervention in the middle of a scene, once its moment has come. */
function twistDue(
  scene: Scene,
  progress: CancelTaskProgress,
  stage: Stage,
  audience: Audience,
  signal: AbortSignal,
): Promise<void> | null {
  switch (scene.twist) {
    case 'operatorStops':
      return progress.polls >= 2 ? stopTheWatch(scene, stage) : null;
    case 'workerIsKilled':
      return isInMidWait(progress) ? killTheWorker(stage, audience, signal) : null;
    case 'somebodyElseCancels':
    case 'apiIsDown':
    case null:
      return null;
  }
}

async function stopTheWatch(scene: Scene, { client, orgId }: Stage): Promise<void> {
  const reason = 'seen enough';
  await client.stopMonitoring({ orgId, taskId: scene.name }, { reason, requestedBy: 'the demo' });
}

/** The cancel was answered, and no read is in flight that a kill would cut off. */
function isInMidWait({ task, nextPollAt }: CancelTaskProgress): boolean {
  return task?.status === 'CANCELING' && nextPollAt !== null && Date.parse(nextPollAt) - Date.now() > 500;
}

const MOMENT_OF_SILENCE_MS = 1_000;

async function killTheWorker(stage: Stage, audience: Audience, signal: AbortSignal): Promise<void> {
  const { pid } = stage.worker;
  await stage.worker.kill();
  audience.say(`The API has accepted the cancel; the worker (process ${pid}) gets a SIGKILL.`);
  await sleep(MOMENT_OF_SILENCE_MS, undefined, { signal });
  await stage.restartWorker();
  audience.say(`Another worker (process ${stage.worker.pid}) takes over from Temporal's history, and waits on.`);
}
