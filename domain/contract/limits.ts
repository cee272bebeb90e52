import { DAY_MS } from './duration';

/** How long a cancellation waits for a verdict. */
export const DEFAULT_DEADLINE = '24h';
export const MAX_DEADLINE_MS = 30 * DAY_MS;

export const DEFAULT_MAX_CANCEL_REQUESTS = 5;

export const MAX_REASON_CHARACTERS = 500;
export const MAX_REQUESTED_BY_CHARACTERS = 200;
