import type { Script } from './script';

/** The facts of a task. Its state at any instant follows from them alone: no timer moves it. */
export interface TaskHistory {
  script: Script;
  createdAtMs: number;
  /** When a cancel was accepted (an ignored one is not), or null. */
  cancelAcceptedAtMs: number | null;
}

export type Status = 'STARTED' | 'CANCELING' | 'FINISHED' | 'FAILED' | 'CANCELED';

export interface Standing {
  status: Status;
  sinceMs: number;
}

export function standingAt({ script, createdAtMs, cancelAcceptedAtMs }: TaskHistory, nowMs: number): Standing {
  if (cancelAcceptedAtMs !== null) {
    const settledAtMs = cancelAcceptedAtMs + script.settlesAfterMs;
    return nowMs < settledAtMs
      ? { status: 'CANCELING', sinceMs: cancelAcceptedAtMs }
      : { status: script.settlesAs, sinceMs: settledAtMs };
  }
  if (script.endsAfterMs !== null && nowMs >= createdAtMs + script.endsAfterMs)
    return { status: script.endsAs, sinceMs: createdAtMs + script.endsAfterMs };
  return { status: 'STARTED', sinceMs: createdAtMs };
}

export function isOver(status: Status): boolean {
  return status === 'FINISHED' || status === 'FAILED' || status === 'CANCELED';
}

export function isVanished({ script, createdAtMs }: TaskHistory, nowMs: number): boolean {
  return script.vanishesAfterMs !== null && nowMs >= createdAtMs + script.vanishesAfterMs;
}

/** `unchanged` is a 200 without effect: the cancel is ignored, or one is under way already. */
export type CancelEffect = 'accepted' | 'unchanged' | 'declined' | 'over';

export function cancelEffectAt(history: TaskHistory, nowMs: number): CancelEffect {
  const { status } = standingAt(history, nowMs);
  if (isOver(status)) return 'over';
  if (status === 'CANCELING') return 'unchanged';
  if (nowMs < history.createdAtMs + history.script.cancelableAfterMs) return 'declined';
  switch (history.script.onCancel) {
    case 'accept':
      return 'accepted';
    case 'ignore':
      return 'unchanged';
    case 'decline':
      return 'declined';
  }
}
