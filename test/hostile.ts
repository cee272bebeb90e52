import fc from 'fast-check';

/**
 * What nobody should send, and somebody does: texts, JSON and bodies for properties and for the
 * poison run.
 */

const LONE_SURROGATES = ['\ud800', '\udbff', '\udc00', '\udfff'];
const CONTROLS = [
  '\u0000',
  '\u0007',
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u007f',
  '\u0085',
  '\u009b1m',
  '\n',
  '\r\n',
  '\t',
];
const UNSEEN = ['\u202e', '\u2066', '\u2028', '\u2029', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u{e0041}'];
const PLAIN = ['a', 'CANCELED', 'ä', '€', '🙂', '`', '"', '\\', '<img src=x>', '_', '..', '/', '\ufffd', '\uffff'];
const LONG = ['x'.repeat(1_500), '🙂'.repeat(1_100), `${'x'.repeat(998)}🙂🙂`, '\ud83d'.repeat(1_200)];

const piece = fc.constantFrom(...LONE_SURROGATES, ...CONTROLS, ...UNSEEN, ...PLAIN);

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG) },
);

const hostileNumber = fc.constantFrom(
  0,
  -0,
  -1,
  42,
  0.5,
  100,
  101,
  1e21,
  1.7e308,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_VALUE,
);

/** A value as JSON.parse could give it. */
const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    hostileNumber,
    hostileText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(hostileText, fc.constantFrom('__proto__', 'constructor', 'toString')), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

/**
 * An object some of whose fields are as they should be, some hostile, some missing, and some
 * unknown.
 */
function corrupted(fields: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  const each = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 2, arbitrary: hostileText }, hostileJson),
    ]),
  );
  return fc.record(each, { requiredKeys: [] });
}

function hostileTaskBody(taskId: string): fc.Arbitrary<unknown> {
  const task = corrupted({
    sub_status: 'POD_DELETE_CLUSTER',
    task_type: 'SDDC-DELETE',
    resource_id: 'r-1',
    resource_type: 'sddc',
    phase_in_progress: 'phase-2',
    progress_percent: 42,
    estimated_remaining_minutes: 7,
    start_time: '2026-01-02T03:04:05.6Z',
    end_time: null,
    error_message: '',
    localized_error_message: null,
    customer_error_message: null,
    service_errors: [{ default_message: 'failed', localized_message: null }],
    params: { secret: 'canary' },
  });
  const status = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('STARTED', 'CANCELING', 'FINISHED', 'FAILED', 'CANCELED', 'CANCELED\u0000'),
    },
    hostileText,
  );
  const id = fc.oneof({ weight: 6, arbitrary: fc.constant(taskId) }, hostileText);
  return fc.tuple(task, id, status).map(([fields, id, status]) => ({ ...fields, id, status }));
}

const hostileErrorBody: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      retryable: fc.boolean(),
      error_code: fc.oneof(fc.constant(null), hostileText),
      error_messages: fc.array(hostileText, { maxLength: 8 }),
    }),
  },
  corrupted({ status: 400, path: '/x', retryable: false, error_code: 'some.code', error_messages: ['because'] }),
);

export function hostileBody(taskId: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: hostileTaskBody(taskId) },
    { weight: 2, arbitrary: hostileErrorBody },
    hostileJson,
  );
}

/** The argument of a start, mostly of the right shape. */
export function hostileInput(ids: { orgId: string; taskId: string }): fc.Arbitrary<unknown> {
  const fields = corrupted({
    deadline: '1h',
    onDeclined: 'monitor',
    poll: { min: '1s', max: '1m', ratio: 0.5 },
    maxCancelRequests: 3,
    reason: 'why',
    requestedBy: 'ann',
  });
  return fc.oneof(
    { weight: 3, arbitrary: fields.map((rest) => ({ ...ids, ...rest })) },
    {
      weight: 2,
      arbitrary: fc.tuple(fields, hostileJson).map(([rest, more]) => ({ ...ids, ...rest, ...asObject(more) })),
    },
    hostileJson,
  );
}

export const hostileUpdateArgument: fc.Arbitrary<unknown> = fc.oneof(
  corrupted({ requestedBy: 'ann', by: '1h', until: '2026-01-31T12:00:00Z', reason: 'why' }),
  hostileJson,
);

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
