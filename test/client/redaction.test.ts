import { describe, expect, it } from '@jest/globals';
import { redactor } from '../../client/redaction';

describe('a line that is printed', () => {
  it('has no credential of the environment in it', () => {
    const redact = redactor({ TEMPORAL_API_KEY: 'key-1234567', VMC_API_TOKEN: 'abcdef-token', VMC_ORG_ID: 'org-1' });
    expect(redact('sent key-1234567 and abcdef-token for org-1')).toBe('sent [redacted] and [redacted] for org-1');
  });

  it('has nothing in it that looks like one', () => {
    const redact = redactor({});
    expect(redact('header "Bearer abc.def" is not valid')).not.toContain('abc.def');
    expect(redact('got eyJhbGciOi.eyJzdWIi.c2ln back')).toBe('got [redacted] back');
  });
});
