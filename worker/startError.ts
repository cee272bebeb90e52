/** Why the worker cannot start, in words for whoever runs it, the remedy included. It is told without a stack: no code is at fault. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
