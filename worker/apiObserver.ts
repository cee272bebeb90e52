import type pino from 'pino';
import { SECOND_MS } from '../domain/contract/duration';
import type { ApiObserver } from '../vmc/api/observer';
import { signInResultOf } from '../vmc/api/observer';
import type { Metrics } from './metrics';

/**
 * What the calls to the VMC API report, in metrics and in the log.
 *
 * @param learnSecret gets what the log is to blank from now on
 */
export function createApiObserver(
  metrics: Metrics,
  log: pino.Logger,
  learnSecret: (secret: string) => void,
): ApiObserver {
  let reported: string | null = null;
  return {
    requested: (operation, answerClass, tookMs) => {
      metrics.requested(operation, answerClass, tookMs / SECOND_MS);
    },
    signedIn: (answer) => {
      metrics.signedIn(signInResultOf(answer));
      const failure = answer.kind === 'failed' ? answer.failure : null;
      // Once a failure, not once an attempt: every call without a token makes one.
      if (failure !== null && failure.message !== reported)
        log.error({ type: failure.type, reason: failure.message }, 'the sign-in to the VMC API failed');
      reported = failure?.message ?? null;
    },
    presented: learnSecret,
  };
}
