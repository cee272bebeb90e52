import { userInfo } from 'node:os';
import { MAX_REQUESTED_BY_CHARACTERS } from '../domain/contract/limits';

/**
 * The user's name, the default of `requestedBy`; undefined for a user without one, as in a
 * container.
 */
export function userName(): string | undefined {
  try {
    return Array.from(userInfo().username).slice(0, MAX_REQUESTED_BY_CHARACTERS).join('') || undefined;
  } catch {
    return undefined;
  }
}
