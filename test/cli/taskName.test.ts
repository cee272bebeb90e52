import { describe, expect, it } from '@jest/globals';
import { taskNames } from '../../cli/taskName';

function nameOf(text: string, org: string | undefined, env: Record<string, string> = {}) {
  return taskNames([text], org, env)[0];
}

describe('a TASK', () => {
  const ids = { orgId: 'o1', taskId: 't1', workflowId: 'vmc-cancel:o1:t1' };

  it('is a task id of the organization that --org names, or else VMC_ORG_ID', () => {
    expect(nameOf('t1', 'o1', { VMC_ORG_ID: 'o2' })).toEqual({ kind: 'task', ids, text: 't1' });
    expect(nameOf('t1', undefined, { VMC_ORG_ID: 'o1' })).toEqual({ kind: 'task', ids, text: 't1' });
  });

  it.each(['o1', 'o2', '', undefined])('is a task by its own workflow id, where --org is %j', (org) => {
    expect(nameOf('vmc-cancel:o1:t1', org)).toEqual({ kind: 'task', ids, text: 'vmc-cancel:o1:t1' });
  });

  it.each([
    'vmc-cancel:o1:t1-2026-11-26T01:00:00Z',
    'vmc-cancel:an organization:t1',
    'other:a:b',
    ':',
    'x:y'.padEnd(1_000, 'z'),
  ])('is with a colon a workflow id that a starter chose: %s', (text) => {
    expect(nameOf(text, 'o1')).toEqual({ kind: 'workflow', workflowId: text, otherwise: null });
  });

  it.each(['t1', 'nightly/cleanup #4', '-x', '…'])('is a workflow id where there is no organization: %s', (text) => {
    expect(nameOf(text, '', { VMC_ORG_ID: 'o1' })).toEqual({ kind: 'workflow', workflowId: text, otherwise: null });
  });

  it.each(['nightly/cleanup #4', '..', 'vmc-cancel:o1', 'vmc-cancel::t1', 'x'.repeat(129)])(
    'may be a workflow id, and else is wrong, where it can be no task: %s',
    (text) => {
      const otherwise = expect.objectContaining({ message: expect.stringContaining('must be') });
      expect(nameOf(text, 'o1')).toEqual({ kind: 'workflow', workflowId: text, otherwise });
    },
  );

  it.each([
    ['a task id without an organization', 't1', undefined],
    ['a task id of an organization that is none', 't1', 'a/b'],
    ['a workflow id of an organization that is none', 'a b', 'a/b'],
    ['nothing', '', ''],
    ['a text that is too long for Temporal', 'x:'.padEnd(1_001, 'y'), 'o1'],
  ])('is not %s', (_case, text, org) => {
    expect(() => nameOf(text, org)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});
