import type { Random } from '../../../bench/kit/random';
import { seededRandom } from '../../../bench/kit/random';
import { MINUTE_MS, SECOND_MS } from '../../../domain/contract/duration';
import type { Operation } from '../../../simulator/calls';
import type { Span } from '../../model/evidence';
import { oneOf } from '../draw';
import { API, gateway, html, SIGN_IN } from '../faults';
import type { Disturbance, Rule } from '../proxy';
import type { SkippedFault, SkippedFaultKind } from './plan';

export const LONGEST_RETRY_AFTER_MS = 15 * MINUTE_MS;

type Meet = [operations: readonly Operation[], draw: (random: Random) => Disturbance];

/** What calls meet. Nothing takes time: the server does not skip any while a call is under way. */
const MEETS: Record<SkippedFaultKind, Meet> = {
  serverErrors: [API, (random) => gateway(oneOf(random, [500, 502, 503, 504]))],
  serverErrorsWithRetryAfter: [API, (random) => gateway(503, retryAfter(random))],
  tooMany: [API, () => gateway(429)],
  tooManyWithRetryAfter: [API, (random) => gateway(429, retryAfter(random))],
  noConnection: [API, () => ({ kind: 'reset', isSent: false })],
  lostAnswers: [API, (random) => oneOf(random, [cut, { kind: 'reset', isSent: true }])],
  htmlPages: [API, (random) => html(oneOf(random, [200, 502, 503]))],
  truncated: [API, () => ({ kind: 'truncate' })],
  hanging: [API, (random) => ({ kind: 'hang', isSent: random() < 0.5 })],
  duplicated: [API, () => ({ kind: 'duplicate' })],
  unauthorized: [API, () => gateway(401)],
  forbidden: [API, () => gateway(403)],
  echoes: [API, () => ({ kind: 'echo' })],
  prematureLists: [['listTasks'], () => ({ kind: 'premature' })],
  signInAway: [SIGN_IN, (random) => oneOf(random, [gateway(503, retryAfter(random)), html(200), cut])],
  signInRefuses: [SIGN_IN, () => gateway(400)],
};

const cut: Disturbance = { kind: 'cut', isSent: true };

function retryAfter(random: Random): Record<string, string> {
  const seconds = (LONGEST_RETRY_AFTER_MS / SECOND_MS) ** random();
  return { 'retry-after': String(Math.ceil(seconds)) };
}

/** After one of these a worker holds back the reads of the organization, and nobody sees a call. */
const HOLDING_BACK: readonly SkippedFaultKind[] = ['tooMany', 'tooManyWithRetryAfter', 'signInAway', 'signInRefuses'];

/** When an organization may have been held back, from the beginning. */
export function heldBack(faults: readonly SkippedFault[], organization: string): Span[] {
  return faults
    .filter(({ kind, orgId }) => HOLDING_BACK.includes(kind) && (orgId ?? organization) === organization)
    .map(({ atMs, lastsMs }) => ({ fromMs: atMs, toMs: atMs + lastsMs + LONGEST_RETRY_AFTER_MS }));
}

export function ruleOf({ kind, orgId, share, seed }: SkippedFault): Rule {
  const [operations, draw] = MEETS[kind];
  const random = seededRandom(seed);
  return { operations, share, random, disturbance: () => draw(random), ...(orgId !== null && { orgId }) };
}
