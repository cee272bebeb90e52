import type { Failed } from '../../domain/contract/answers';
import type { Exchange } from './transport';

export const OPERATIONS = ['cancelTask', 'getTask', 'listTasks'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The class of an answer's HTTP status; 429 apart, which asks for fewer calls; none: no answer. */
export const ANSWER_CLASSES = ['2xx', '3xx', '4xx', '429', '5xx', 'none'] as const;
export type AnswerClass = (typeof ANSWER_CLASSES)[number];

export const SIGN_IN_RESULTS = ['accepted', 'refused', 'failed'] as const;
export type SignInResult = (typeof SIGN_IN_RESULTS)[number];

/** Receives what operators watch in metrics and in the log, and what must not get into a log. */
export interface ApiObserver {
  requested(operation: Operation, answerClass: AnswerClass, tookMs: number): void;
  signedIn(answer: { kind: 'signedIn' } | Failed): void;
  /** A credential that is about to be sent. */
  presented(secret: string): void;
}

export function answerClassOf(exchange: Exchange): AnswerClass {
  if (exchange.kind !== 'answered') return 'none';
  const { httpStatus } = exchange;
  if (httpStatus === 429) return '429';
  if (httpStatus < 300) return '2xx';
  if (httpStatus < 400) return '3xx';
  return httpStatus < 500 ? '4xx' : '5xx';
}

/** Refused: the service said no to the secret. Failed: it may say yes later. */
export function signInResultOf(answer: { kind: 'signedIn' } | Failed): SignInResult {
  if (answer.kind === 'signedIn') return 'accepted';
  return answer.failure.type === 'Unauthorized' ? 'refused' : 'failed';
}
