import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { expect, it } from '@jest/globals';
import { failureConverter } from '../../temporal/failureConverter';

it.each([
  ['lines', 'two\nlines', 'two lines'],
  ['controls', '\r\n\u001b[31mred\u202e', ' red '],
  ['half a character', 'half \ud800', 'half \ufffd'],
  ['no bound', 'x'.repeat(6_000), 'x'.repeat(5_000)],
])('a message and a type with %s are sent as one plain line within its bound', (_, text, sent) => {
  const error = ApplicationFailure.nonRetryable(text, text);
  const failure = failureConverter.errorToFailure(error, defaultPayloadConverter);
  expect([failure.message, failure.applicationFailureInfo?.type]).toEqual([sent, sent]);
});

it('a stack trace keeps its lines', () => {
  const { stackTrace } = failureConverter.errorToFailure(new Error('why'), defaultPayloadConverter);
  expect(stackTrace?.split('\n').length).toBeGreaterThan(2);
});
