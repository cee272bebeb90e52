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
  return {
    requested: (operation, answerClass, tookMs) => {
      metrics.requested(operation, answerClass, tookMs / SECOND_MS);
    },
    signedIn: (answer) => {
      metrics.signedIn(signInResultOf(answer));
      if (answer.kind === 'failed') {
        const { type, message } = answer.failure;
        log.error({ type, reason: message }, 'the sign-in to the VMC API failed');
      }
    },
    presented: learnSecret,
  };
}
