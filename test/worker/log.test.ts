import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { LogLevel } from '../../worker/log';
import { createLog, sdkLogger } from '../../worker/log';
import { Scrubber } from '../../temporal/secrets';
import type { LogFormat } from '../../worker/logLine';

function logInto(lines: string[], { level = 'info', format = 'json' }: { level?: LogLevel; format?: LogFormat } = {}) {
  const write = (line: string) => {
    lines.push(line);
  };
  const scrubber = new Scrubber(['canary-secret']);
  return createLog({ level, format, scrub: (line) => scrubber.scrub(line), write });
}

/** As axios throws them: the request, its headers included, hangs on the error. */
function clientError(): Error {
  const error = new Error('Request failed', { cause: new Error('socket hang up') });
  return Object.assign(error, { config: { headers: { 'csp-auth-token': 'unknown-canary' }, data: 'unknown-canary' } });
}

describe('the log', () => {
  it('writes one JSON document a line', () => {
    const lines: string[] = [];
    logInto(lines).info({ taskQueue: 'q' }, 'polling');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'polling', taskQueue: 'q' });
    expect(lines[0]).toMatch(/\n$/);
  });

  it('writes plain text for people', () => {
    const lines: string[] = [];
    logInto(lines, { format: 'pretty' }).info('polling');
    expect(lines.join('')).toMatch(/INFO.*: polling\n$/);
  });

  it.each(['json', 'pretty'] as const)('blanks known secrets wherever they stand (%s)', (format) => {
    const lines: string[] = [];
    logInto(lines, { format }).info({ deep: { deeper: ['with canary-secret'] } }, 'canary-secret');
    expect(lines.join('')).toContain('[secret]');
    expect(lines.join('')).not.toContain('canary-secret');
  });

  it('keeps name, message, stack and causes of an error, and nothing that hangs on it', () => {
    const lines: string[] = [];
    const log = logInto(lines);
    log.error({ err: clientError() }, 'one');
    log.error({ error: clientError() }, 'two');
    log.error({ error: { data: 'unknown-canary' } }, 'three');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('Request failed');
    expect(lines[1]).toContain('socket hang up');
    expect(lines.join('')).not.toContain('unknown-canary');
  });

  it('has the type of a failure, which tells what its message may not', () => {
    const lines: string[] = [];
    logInto(lines).error({ error: ApplicationFailure.nonRetryable('answered 403', 'Forbidden') }, 'Workflow failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { type: 'Forbidden', message: 'answered 403' } });
  });

  it.each(['headers', 'params', 'metadata', 'csp-auth-token', 'apiKey'])('blanks a field called %s', (field) => {
    const lines: string[] = [];
    logInto(lines).info({ [field]: 'unknown-canary', nested: { [field]: { x: 'unknown-canary' } } });
    expect(lines.join('')).toContain('[secret]');
    expect(lines.join('')).not.toContain('unknown-canary');
  });

  it("takes the SDK's lines with their level and fields", () => {
    const lines: string[] = [];
    const log = logInto(lines, { level: 'debug' });
    const sdk = sdkLogger(log, 'debug');
    sdk.trace('not this');
    sdk.debug('this', { state: 'RUNNING' });
    sdk.warn('and this');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'debug', msg: 'this', state: 'RUNNING' }),
      expect.objectContaining({ level: 'warn', msg: 'and this' }),
    ]);
  });
});
