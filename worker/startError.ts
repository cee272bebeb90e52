/** Why the worker cannot start, with the remedy. Reported without a stack: no code is at fault. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
