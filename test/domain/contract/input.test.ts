import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCancelTaskInput } from '../../../domain/contract/input';

const ids = { orgId: 'org-1', taskId: 'task-1' };

function problems(input: unknown): string[] {
  const parsed = parseCancelTaskInput(input);
  return parsed.ok ? [] : parsed.problems;
}

describe('the input', () => {
  it('has a default for everything but the ids', () => {
    expect(parseCancelTaskInput(ids)).toEqual({
      ok: true,
      value: {
        ...ids,
        deadlineMs: 86_400_000,
        onDeclined: 'return',
        pollPace: { minMs: 10_000, maxMs: 900_000, ratio: 0.4 },
        maxCancelRequests: 5,
        reason: null,
        requestedBy: null,
      },
    });
  });

  it('is taken with every field at its limits', () => {
    for (const deadline of ['1s', '30d', 1000, 2_592_000_000])
      for (const maxCancelRequests of [1, 50])
        for (const poll of [
          { min: 500, max: '500ms', ratio: 0.05 },
          { min: '1h', max: '1h', ratio: 2 },
        ])
          expect(
            problems({
              ...ids,
              deadline,
              maxCancelRequests,
              poll,
              reason: 'ö'.repeat(500),
              requestedBy: '🙂'.repeat(200),
            }),
          ).toEqual([]);
  });

  it.each([
    [{ deadline: '999ms' }, /^deadline: must be between 1 s and 30 d$/],
    [{ deadline: '31d' }, /^deadline: must be between/],
    [{ deadline: 'soon' }, /^deadline: must be a duration/],
    [{ deadline: null }, /^deadline: must be a duration/],
    [{ onDeclined: 'ignore' }, /^onDeclined: /],
    [{ poll: { min: 499 } }, /^poll.min: must be between 500 ms and 1 h$/],
    [{ poll: { max: '61m' } }, /^poll.max: /],
    [{ poll: { ratio: 0.04 } }, /^poll.ratio: /],
    [{ poll: { ratio: 2.1 } }, /^poll.ratio: /],
    [{ poll: { min: '20m' } }, /^poll: min \(20 m\) must not be above max \(15 m\)$/],
    [{ poll: { often: true } }, /^poll.often: unknown field$/],
    [{ maxCancelRequests: 0 }, /^maxCancelRequests: /],
    [{ maxCancelRequests: 51 }, /^maxCancelRequests: /],
    [{ maxCancelRequests: 1.5 }, /^maxCancelRequests: /],
    [{ reason: 'x'.repeat(501) }, /^reason: must have at most 500 characters$/],
    [{ requestedBy: 'x'.repeat(201) }, /^requestedBy: must have at most 200 characters$/],
    [{ reason: 5 }, /^reason: must be a text$/],
    [{ orgID: 'x' }, /^orgID: unknown field$/],
    [{ orgId: '..' }, /^orgId: must be 1 to 128/],
    [{ orgId: 'a/b' }, /^orgId: must be 1 to 128/],
    [{ orgId: 'a'.repeat(129) }, /^orgId: must be 1 to 128/],
    [{ taskId: '' }, /^taskId: must be 1 to 128/],
    [{ taskId: 'a?b' }, /^taskId: must be 1 to 128/],
    [{ taskId: 'a\n' }, /^taskId: must be 1 to 128/],
    [{ taskId: undefined }, /^taskId: is required$/],
  ])('is refused with %j, naming the field', (wrong, message) => {
    const found = problems({ ...ids, ...wrong });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('has every problem named at once', () => {
    const found = problems({ orgId: '/', deadline: 'x', poll: { min: '2m', max: '1m', up: 1 }, color: 'red' });
    expect(found.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'color',
      'deadline',
      'orgId',
      'poll',
      'poll.up',
      'taskId',
    ]);
  });

  it('has at most twenty problems listed, in 4,000 bytes, and the rest counted', () => {
    const fields = (count: number, rest: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${String(n).padStart(3, '0')}${rest}`, 1]));
    const twenty = problems({ ...ids, ...fields(20, '') });
    expect(twenty.at(-1)).toBe('019: unknown field');
    expect(problems({ ...ids, ...fields(25, '') })).toEqual([...twenty, 'and 5 more']);
    // With quotation marks, 400 bytes each.
    const long = problems({ ...ids, ...fields(10, '🙂'.repeat(95)) });
    expect(long).toHaveLength(10);
    expect(problems({ ...ids, ...fields(12, '🙂'.repeat(95)) })).toEqual([...long, 'and 2 more']);
  });

  it.each([undefined, null, 'text', 5, [], [ids]])('is refused as %j', (input) => {
    expect(problems(input).length).toBeGreaterThan(0);
  });

  it('is an object of JSON, of this realm or another, and no bytes', () => {
    expect(problems(new Uint8Array(3))).toEqual(['input: must be a JSON object']);
    expect(problems(Object.assign(Object.create(null) as object, ids))).toEqual([]);
    expect(problems(runInNewContext(JSON.stringify(ids).replace(/.*/, '($&)')))).toEqual([]);
  });

  it('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        parseCancelTaskInput(input);
      }),
    );
  });

  it('never has an id that changes the path of a URL', () => {
    fc.assert(
      fc.property(fc.string(), (taskId) => {
        const parsed = parseCancelTaskInput({ orgId: 'o', taskId });
        return !parsed.ok || new URL(`/orgs/o/tasks/${taskId}`, 'http://host').pathname === `/orgs/o/tasks/${taskId}`;
      }),
    );
  });
});
