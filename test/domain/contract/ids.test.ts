import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalId } from '../../../domain/contract/ids';
import { parseCancelTaskInput } from '../../../domain/contract/input';

describe('an id', () => {
  it('that is a UUID is the same one in either case', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.infiniteStream(fc.boolean()), (uuid, upper) => {
        const mixed = Array.from(uuid, (character) => (upper.next().value ? character.toUpperCase() : character)).join(
          '',
        );
        const parsed = parseCancelTaskInput({ orgId: mixed, taskId: mixed });
        expect(parsed).toMatchObject({ ok: true, value: { orgId: uuid, taskId: uuid } });
      }),
    );
  });

  it.each([
    'Task-1',
    'ABC',
    '1D1C2B3A44556677-8899AABBCCDDEEFF',
    '1D1C2B3A-4455-6677-8899-AABBCCDDEEFG',
    '1D1C2B3A-4455-6677-8899-AABBCCDDEEFF0',
  ])('that is none stays as it is: %s', (id) => {
    expect(canonicalId(id)).toBe(id);
  });
});
