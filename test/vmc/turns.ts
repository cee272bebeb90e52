/** Counts how often the event loop comes round, until it is told to stop: work that holds it lets it come round seldom. */
export function countTurns(): () => number {
  let turns = 0;
  let isCounting = true;
  const count = (): void => {
    turns += 1;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  return () => {
    isCounting = false;
    return turns;
  };
}
