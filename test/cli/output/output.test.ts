import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from '@jest/globals';
import { RunFailedError } from '../../../client';
import { Output } from '../../../cli/output/output';
import { Scrubber } from '../../../temporal/secrets';

const TOKEN = 'canary-token-1';
const ids = { orgId: 'o1', taskId: 't1', workflowId: 'vmc-cancel:o1:t1' };

function printed(work: (output: Output) => void): { stdout: string; stderr: string } {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) =>
    Object.assign(new EventEmitter(), {
      write: (text: string) => {
        texts[name] += text;
        return true;
      },
    }) as unknown as WriteStream;
  work(
    new Output(
      {
        stdout: stream('stdout'),
        stderr: stream('stderr'),
        environment: {},
        scrub: (line) => new Scrubber([TOKEN]).scrub(line),
      },
      true,
      true,
    ),
  );
  return texts;
}

describe('what is printed', () => {
  it('of a run that failed has no credential in it, in its document as little as on stderr', () => {
    const failure = { type: 'VmcApiError', message: `refused ${TOKEN}` };
    const { stdout, stderr } = printed((output) => {
      output.failure(ids, new RunFailedError(ids.workflowId, failure));
    });
    expect(JSON.parse(stdout)).toEqual({ ...ids, failure: { type: 'VmcApiError', message: 'refused [secret]' } });
    expect(stderr).toBe('error: t1: VmcApiError: refused [secret]\n');
  });

  it('of what caused an error stands indented below it, link by link', () => {
    const error = new Error('above', { cause: new TypeError('between\n', { cause: new RangeError(TOKEN) }) });
    const { stderr } = printed((output) => {
      output.error(error);
    });
    expect(stderr).toBe('error: above\n  caused by TypeError: between\n  caused by RangeError: [secret]\n');
  });
});
