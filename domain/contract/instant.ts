/** The contract's form of an instant: ISO-8601, UTC. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
