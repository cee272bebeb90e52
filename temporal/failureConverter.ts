import type { PayloadConverter, ProtoFailure } from '@temporalio/common';
import { ApplicationFailure, DefaultFailureConverter } from '@temporalio/common';
import { plainText, withinBytes } from '../domain/text/plainText';

/**
 * With its stack trace, which repeats the message, and its details, a failure of ours stays below
 * 16 kB.
 */
const MAX_TEXT_BYTES = 5_000;

/**
 * Temporal's own converter, but that neither side of it stops a run. What goes out is plain,
 * well-formed and bounded, whoever wrote it: the SDK quotes the name of an update that there is
 * not, and Temporal refuses a large failure again and again. What comes in is an error, whatever it
 * is.
 */
class BoundedFailureConverter extends DefaultFailureConverter {
  override errorToFailure(error: unknown, ...context: RestOf<DefaultFailureConverter['errorToFailure']>): ProtoFailure {
    const failure = super.errorToFailure(error, ...context);
    const { message, stackTrace, applicationFailureInfo: info } = failure;
    return {
      ...failure,
      message: inOneLine(message),
      stackTrace: lineByLine(stackTrace),
      ...(info && { applicationFailureInfo: { ...info, type: inOneLine(info.type) } }),
    };
  }

  override failureToError(failure: ProtoFailure, ...context: RestOf<DefaultFailureConverter['failureToError']>): Error {
    try {
      return super.failureToError(failure, ...context);
    } catch {
      return ApplicationFailure.nonRetryable('A failure that cannot be decoded', 'Undecodable');
    }
  }
}

type RestOf<Method extends (first: never, ...rest: never[]) => unknown> =
  Parameters<Method> extends [unknown, ...infer Rest] ? Rest : [PayloadConverter];

function inOneLine(text: string | null | undefined): string {
  return plainText(withinBytes(text ?? '', MAX_TEXT_BYTES));
}

function lineByLine(text: string | null | undefined): string {
  return withinBytes(text ?? '', MAX_TEXT_BYTES)
    .split('\n')
    .map(plainText)
    .join('\n');
}

export const failureConverter = new BoundedFailureConverter();
