/**
 * The API's task states (one L in CANCELED). What it may say beyond these is kept as it is and
 * polled on.
 */
export const TASK_STATUSES = ['STARTED', 'CANCELING', 'FINISHED', 'FAILED', 'CANCELED'] as const;
const TERMINAL_STATUSES = ['FINISHED', 'FAILED', 'CANCELED'] as const;
type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: string): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly string[]).includes(status);
}

export function isKnownStatus(status: string): status is (typeof TASK_STATUSES)[number] {
  return (TASK_STATUSES as readonly string[]).includes(status);
}
