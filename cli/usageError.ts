/** A usage error: one line that names the argument and the remedy, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
