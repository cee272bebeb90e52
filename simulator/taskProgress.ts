import type { TaskHistory } from './taskState';
import { isOver, standingAt } from './taskState';

export const PHASES = ['PREPARE', 'CONFIGURE', 'DEPLOY', 'VERIFY'] as const;
const STEPS_A_PHASE = 100 / PHASES.length;

const MINUTE_MS = 60_000;
/** A task without an end of its own progresses as if it took this long, then stays at 99 %. */
const ENDLESS_TASK_MS = 10 * MINUTE_MS;
const WILD_ESTIMATES_MINUTES = [3, 9_999, 0, 240, 1, 60_000];

export interface Progress {
  percent: number;
  /** 0 to 3: an index into the phases. */
  phase: number;
  /** How far that phase is. */
  phasePercent: number;
  /** When the percentage last moved. */
  sinceMs: number;
}

/** When each phase begins, and after the last one the end, in ms from the creation. */
export function phaseBoundariesMs({ cancelableAfterMs, endsAfterMs }: TaskHistory['script']): number[] {
  const durationMs = endsAfterMs ?? cancelableAfterMs + ENDLESS_TASK_MS;
  // A real task becomes cancelable when its workflow proceeds: the first phase ends then.
  const firstMs =
    cancelableAfterMs > 0 && cancelableAfterMs < durationMs ? cancelableAfterMs : durationMs / PHASES.length;
  const laterPhaseMs = (durationMs - firstMs) / (PHASES.length - 1);
  return [0, ...PHASES.map((_, index) => firstMs + index * laterPhaseMs)];
}

/**
 * A task progresses until it ends or a cancel is accepted; then only FINISHED moves it, to 100 %.
 */
export function progressAt(history: TaskHistory, nowMs: number): Progress {
  const standing = standingAt(history, nowMs);
  const last = PHASES.length - 1;
  if (standing.status === 'FINISHED')
    return { percent: 100, phase: last, phasePercent: 100, sinceMs: standing.sinceMs };
  const workedUntilMs = history.cancelAcceptedAtMs ?? (isOver(standing.status) ? standing.sinceMs : nowMs);
  const workedMs = Math.max(0, workedUntilMs - history.createdAtMs);
  const boundariesMs = phaseBoundariesMs(history.script);
  const phase = Math.min(last, boundariesMs.filter((boundaryMs) => boundaryMs <= workedMs).length - 1);
  const beganMs = boundariesMs[phase] ?? 0;
  const stepMs = ((boundariesMs[phase + 1] ?? beganMs) - beganMs) / STEPS_A_PHASE;
  const step = stepMs > 0 ? Math.min(STEPS_A_PHASE - 1, Math.floor((workedMs - beganMs) / stepMs)) : STEPS_A_PHASE - 1;
  return {
    percent: phase * STEPS_A_PHASE + step,
    phase,
    phasePercent: Math.floor((100 * step) / STEPS_A_PHASE),
    sinceMs: history.createdAtMs + Math.floor(beganMs + step * stepMs),
  };
}

/**
 * Whole minutes, rounded up; -1: no estimate. After an accepted cancel a good one is exact.
 */
export function estimatedRemainingMinutesAt(history: TaskHistory, nowMs: number): number {
  const { status } = standingAt(history, nowMs);
  const { script, createdAtMs, cancelAcceptedAtMs } = history;
  const durationMs = phaseBoundariesMs(script).at(-1) ?? 0;
  if (script.estimate === 'none') return -1;
  if (isOver(status)) return 0;
  switch (script.estimate) {
    case 'good': {
      const endMs = cancelAcceptedAtMs === null ? createdAtMs + durationMs : cancelAcceptedAtMs + script.settlesAfterMs;
      return Math.max(1, Math.ceil((endMs - nowMs) / MINUTE_MS));
    }
    case 'stuck':
      return Math.max(1, Math.ceil(durationMs / MINUTE_MS));
    case 'wild': {
      const second = Math.max(0, Math.floor((nowMs - createdAtMs) / 1_000));
      return WILD_ESTIMATES_MINUTES[second % WILD_ESTIMATES_MINUTES.length] ?? -1;
    }
  }
}
