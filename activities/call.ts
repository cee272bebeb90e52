import { activityInfo, ApplicationFailure, cancellationSignal, cancelled, log } from '@temporalio/activity';
import type { CallFailure, Failed } from '../domain/contract/answers';
import { unanswered } from '../domain/contract/answers';
import { SECOND_MS } from '../domain/contract/duration';
import type { CallLimits } from './port';

/** Left of the activity's own time for reporting what became of the call. */
const REPORTING_MARGIN_MS = SECOND_MS;

/**
 * The API's answer to one call that an activity makes.
 *
 * @throws ApplicationFailure whose type is a `TroubleType` and whose one detail is the
 * `CallFailure`.
 * @throws CancelledFailure when the activity is cancelled, or the worker shuts down, before the API
 * answered.
 */
export async function answerOf<Answer extends { kind: string }>(
  call: (limits: CallLimits) => Promise<Answer | Failed>,
): Promise<Answer> {
  const signal = cancellationSignal();
  let answer: Answer | Failed;
  try {
    answer = await call({ signal, timeLimitMs: timeLimitMs(activityInfo().startToCloseTimeoutMs) });
  } catch (error) {
    if (signal.aborted) return await cancelled();
    // The error itself goes nowhere: a client's error may hold the request, and the request holds a
    // token.
    log.error('A call to the VMC API failed unexpectedly', {
      stack: error instanceof Error ? error.stack : typeof error,
    });
    throw unforeseen();
  }
  if (isFailed(answer)) throw callFailed(answer.failure);
  return answer;
}

/**
 * Below the activity's own limit, or a timed-out call would be reported as a timed-out activity,
 * with nothing known of the call.
 */
function timeLimitMs(startToCloseTimeoutMs: number): number {
  return Math.max(startToCloseTimeoutMs - REPORTING_MARGIN_MS, startToCloseTimeoutMs / 2);
}

function isFailed(answer: { kind: string }): answer is Failed {
  return answer.kind === 'failed';
}

function callFailed(failure: CallFailure): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    nonRetryable: !failure.retryable,
    details: [failure],
    // Shown as trouble in the progress; an outage of the API is no error of the worker.
    category: 'BENIGN',
  });
}

function unforeseen(): ApplicationFailure {
  const failure = unanswered('Unavailable', 'The call to the VMC API failed inside the worker; its log says more');
  return ApplicationFailure.create({ type: failure.type, message: failure.message, details: [failure] });
}
