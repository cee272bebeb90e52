/** What bounds one call: the caller's own cancellation, and a time limit for the whole of it. */
export interface CallLimits {
  /** An aborted call rejects with the signal's reason. */
  signal: AbortSignal;
  /** For everything on the way: a sign-in and the repetition after a 401 included. */
  timeLimitMs: number;
}

class TimeLimitReached extends Error {
  override readonly name = 'TimeLimitReached';
}

/** Does the work under one signal that both the caller's abort and the time limit fire. */
export async function withinLimits<T>(limits: CallLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  limits.signal.throwIfAborted();
  // AbortSignal.any leaks listeners on long-lived signals.
  const controller = new AbortController();
  const onAbort = () => {
    controller.abort(limits.signal.reason);
  };
  limits.signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new TimeLimitReached());
  }, limits.timeLimitMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', onAbort);
  }
}

/** Whether the signal's time limit ran out. Throws the reason of the caller's own abort. */
export function timedOut(signal: AbortSignal): boolean {
  if (!(signal.reason instanceof TimeLimitReached)) signal.throwIfAborted();
  return signal.aborted;
}

/**
 * The work's result, or null once the signal fires first. The work continues: others may share it.
 */
export async function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const waiting = new AbortController();
  const aborted = new Promise<null>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve(null);
      },
      { once: true, signal: waiting.signal },
    );
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    waiting.abort();
  }
}
