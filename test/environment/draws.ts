/**
 * How many cases a test draws: few on a developer's machine, whose suite has to be quick,
 * and all of them where `CI` is set.
 */
export function draws(quick: number, thorough: number): number {
  return process.env.CI === 'true' ? thorough : quick;
}
