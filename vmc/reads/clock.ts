/** Time for what waits inside a worker: a parameter, so that a test moves it. */
export interface Clock {
  /** Monotonic, from any zero. */
  nowMs(): number;
  /** Calls back once, unless the returned function is called before. */
  after(delayMs: number, callback: () => void): () => void;
}

export const PROCESS_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
