/** Calls and lag over many tasks, each a mean but the 95 % lag. */
export interface Measured {
  calls: number;
  lagSeconds: number;
  lag95Seconds: number;
  /** The lag as a share of the task's own time. */
  relativeLag: number;
}

export function measured<T extends { settlesAfterSeconds: number }>(
  tasks: readonly T[],
  readsSeconds: (task: T, index: number) => number[],
): Measured {
  const lags = new Float64Array(tasks.length);
  let calls = 0;
  let relative = 0;
  tasks.forEach((task, index) => {
    const reads = readsSeconds(task, index);
    const lag = (reads.at(-1) ?? NaN) - task.settlesAfterSeconds;
    calls += reads.length;
    relative += lag / task.settlesAfterSeconds;
    lags[index] = lag;
  });
  lags.sort();
  return {
    calls: calls / tasks.length,
    lagSeconds: lags.reduce((sum, lag) => sum + lag, 0) / tasks.length,
    lag95Seconds: lags[Math.floor(0.95 * tasks.length)] ?? NaN,
    relativeLag: relative / tasks.length,
  };
}
