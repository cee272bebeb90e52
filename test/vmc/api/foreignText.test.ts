import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Cancellation } from '../../../domain/cancellation/state';
import { cancelAccepted, cancelFailed, cancelRefused, cancelSent } from '../../../domain/cancellation/cancelAnswers';
import { withOutcome } from '../../../domain/cancellation/ending';
import { monitoringStopped } from '../../../domain/cancellation/operator';
import { readFailed, taskRead } from '../../../domain/cancellation/readAnswers';
import { newCancellation } from '../../../domain/cancellation/state';
import {
  cancellationSummary,
  cancelLabel,
  currentDetails,
  readLabel,
  startDetails,
  waitLabel,
} from '../../../domain/text/runText';
import { checked, parseCancelTaskInput } from '../../../domain/contract/input';
import { progressOf, resultOf } from '../../../domain/contract/report';
import { searchAttributesOf } from '../../../domain/contract/searchAttributes';
import { operatorSchema, parseExtension, stopMonitoringSchema } from '../../../domain/contract/updates';
import { classifyCancel, classifyRead } from '../../../vmc/api/classification';
import type { Exchange } from '../../../vmc/api/transport';
import { createLineFormat } from '../../../worker/logLine';
import { isFit, stringsIn } from '../../fitText';
import { hostileBody, hostileInput, hostileUpdateArgument } from '../../hostile';
import { draws } from '../../environment/draws';

/** Thousands of bodies, on a machine that may have other tests to run. */
jest.setTimeout(5 * 60_000);

const ids = { orgId: 'org-1', taskId: 'task-1' };
/** What a worker sends in one piece stays far below the 2 MB that Temporal takes. */
const MAX_JSON_BYTES = 500_000;
const MAX_FAILURE_BYTES = 16_000;
const MAX_SUMMARY_BYTES = 200;
const MAX_SEARCH_ATTRIBUTE_CHARACTERS = 64;

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** An expectation for each of millions of texts would take minutes. */
function hold(condition: boolean, what: () => unknown): void {
  if (!condition) throw new Error(`not fit to leave a worker: ${JSON.stringify(what())}`);
}

function expectFit(texts: readonly string[]): void {
  hold(texts.every(isFit), () => texts.filter((text) => !isFit(text)));
}

function expectFitDocument(document: object): void {
  expectFit(stringsIn(document));
  hold(bytesOf(JSON.stringify(document)) < MAX_JSON_BYTES, () => document);
}

function parsedSettings(input: unknown) {
  const parsed = parseCancelTaskInput(input);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.value;
}

const logLine = createLineFormat('json');

const settings = parsedSettings(ids);

/** Everything of a state that leaves a worker. */
function expectFitState(state: Cancellation): void {
  expectFitDocument(progressOf(state, settings));
  const { ending } = state;
  if (ending?.kind === 'outcome') expectFitDocument(resultOf(state, ending, settings));
  if (ending?.kind === 'failure') expectFit([ending.type, ending.message]);
  expectFit(currentDetails(state, settings, state.startedAtMs).split('\n'));
  const labels = [
    cancelLabel(state),
    readLabel(state, false),
    waitLabel(state, { cancelAtMs: Infinity, readAtMs: state.nextReadAtMs ?? Infinity }),
  ];
  expectFit(labels);
  hold(
    labels.every((label) => bytesOf(label) <= MAX_SUMMARY_BYTES),
    () => labels,
  );
  const attributes = Object.values(searchAttributesOf(state, settings)).filter((value) => value !== null);
  expectFit(attributes);
  hold(
    attributes.every((value) => Array.from(value).length <= MAX_SEARCH_ATTRIBUTE_CHARACTERS),
    () => attributes,
  );
}

describe('text from outside leaves the worker well-formed, bounded and without controls:', () => {
  const asked = { host: '[::1]', nowMs: 0 };
  const httpStatus = fc.constantFrom(200, 202, 400, 401, 403, 404, 409, 418, 429, 500, 503);

  it('whatever the API answers to a cancel and to the reads after it', () => {
    const answers = fc.tuple(httpStatus, hostileBody(ids.taskId));
    fc.assert(
      fc.property(answers, answers, (toCancel, toRead) => {
        const [cancelExchange, readExchange] = [toCancel, toRead].map(([httpStatus, body]): Exchange => ({
          kind: 'answered',
          httpStatus,
          body,
          retryAfter: null,
          date: null,
        }));
        if (cancelExchange === undefined || readExchange === undefined) throw new Error('no exchange');
        const call = { atMs: 1_000, operator: false, random: 0.5 };
        const sent = cancelSent(newCancellation(settings, 0), call);
        const answer = classifyCancel(cancelExchange, ids.taskId, asked);
        expectFitDocument(answer);
        const cancelled =
          answer.kind === 'accepted'
            ? cancelAccepted(sent, answer.task, call, settings)
            : answer.kind === 'refused'
              ? cancelRefused(sent, answer.refusal, call, settings)
              : cancelFailed(sent, answer.failure, call);
        const read = classifyRead(readExchange, ids.taskId, asked);
        expectFitDocument(read);
        // As the workflow logs a status that it does not know.
        if (read.kind === 'task')
          expectFit([logLine(`${JSON.stringify({ level: 'warn', status: read.task.status })}\n`).slice(0, -1)]);
        const later = { beganAtMs: 59_000, atMs: 60_000, random: 0.5 };
        const state =
          read.kind === 'task'
            ? taskRead(cancelled, read.task, later, settings)
            : readFailed(cancelled, read.failure, later, settings);
        expectFitState(withOutcome(state, 'DEADLINE_EXCEEDED', 90_000));
      }),
      { numRuns: draws(5_000, 50_000) },
    );
  });

  it('whatever a run is started with', () => {
    fc.assert(
      fc.property(hostileInput(ids), (input) => {
        const parsed = parseCancelTaskInput(input);
        if (parsed.ok) {
          const state = withOutcome(newCancellation(parsed.value, 0), 'DEADLINE_EXCEEDED', 1_000);
          expectFitDocument(parsed.value);
          expectFit(currentDetails(state, parsed.value, 0).split('\n'));
          expectFit(startDetails(parsed.value).split('\n'));
          expectFit([cancellationSummary(parsed.value)]);
        } else expectFitProblems(parsed.problems);
      }),
      { numRuns: draws(2_000, 20_000) },
    );
  });

  it('whatever an update is given', () => {
    fc.assert(
      fc.property(hostileUpdateArgument, (argument) => {
        const extension = parseExtension(argument, 0, 1_000);
        const stop = checked(stopMonitoringSchema, argument);
        for (const parsed of [extension, stop, checked(operatorSchema, argument)])
          if (!parsed.ok) expectFitProblems(parsed.problems);
        if (stop.ok) expectFitState(monitoringStopped(newCancellation(settings, 0), 1, stop.value));
        if (extension.ok) expectFitDocument(extension.value);
      }),
      { numRuns: draws(2_000, 20_000) },
    );
  });

  it.each([
    ['a hundred thousand unknown fields', Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`🙂${n}`, 1]))],
    ['a field name of megabytes', { ['\ud800'.repeat(1_900_000)]: 1 }],
    [
      'twenty names of quotation marks',
      Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`${'"\\'.repeat(60)}${n}`, 1])),
    ],
    ['bytes', new Uint8Array(100_000)],
    ['an instance of some class', new Map([[1, 2]])],
  ])('%s are few and short problems', (_, input) => {
    const parsed = parseCancelTaskInput(input);
    if (parsed.ok) throw new Error('it was taken');
    expectFitProblems(parsed.problems);
  });

  it('names twenty problems, and says how many more there are', () => {
    const parsed = parseCancelTaskInput({
      ...ids,
      ...Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`f${n}`, 1])),
    });
    if (parsed.ok) throw new Error('it was taken');
    expect(parsed.problems).toHaveLength(21);
    expect(parsed.problems.slice(-2)).toEqual(['f19: unknown field', 'and 79 more']);
  });

  it.each([new Uint8Array(3), new Map(), new Date(0)])('%p is no JSON object', (input) => {
    expect(parseCancelTaskInput(input)).toEqual({ ok: false, problems: ['input: must be a JSON object'] });
  });

  function expectFitProblems(problems: readonly string[]): void {
    expectFit(problems);
    expect(problems.length).toBeLessThanOrEqual(21);
    const message = problems.join('; ');
    expect(bytesOf(message) + bytesOf(JSON.stringify(problems))).toBeLessThan(MAX_FAILURE_BYTES / 2 + 500);
  }
});
