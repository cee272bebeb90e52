/** Time for what waits inside a worker: a parameter, so that a test moves it. */
export interface Clock {
  /** Never goes back; its zero is anywhere. */
  nowMs(): number;
  /** Calls back once, unless what this returns is called before. */
  after(delayMs: number, callback: () => void): () => void;
}

export const PROCESS_CLOCK: Clock = {
  // Not the time of day: a machine whose clock is set back must not wait for it to come round again.
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    // What only waits keeps no process alive.
    const timer = setTimeout(callback, delayMs).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
