/** The most calls in any window of a second, wherever it begins. */
export function mostInASecond(callsSeconds: readonly number[]): number {
  const sorted = Float64Array.from(callsSeconds).sort();
  let most = 0;
  let first = 0;
  sorted.forEach((call, index) => {
    while (call - (sorted[first] ?? call) >= 1) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
