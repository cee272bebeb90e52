/** What was typed cannot be done: one line that names the thing and the remedy, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
