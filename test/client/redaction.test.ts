import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { redactor } from '../../client/redaction';

const NO_PROFILE = { TEMPORAL_CONFIG_FILE: path.join(tmpdir(), 'vmc-cancel-none.toml') };

describe('a line that is printed', () => {
  it('has no credential of the environment in it', () => {
    const redact = redactor({
      ...NO_PROFILE,
      TEMPORAL_API_KEY: 'key-1234567',
      VMC_API_TOKEN: 'abcdef-token',
      VMC_ORG_ID: 'org-1',
    });
    expect(redact('sent key-1234567 and abcdef-token for org-1')).toBe('sent [redacted] and [redacted] for org-1');
  });

  it.each([
    ['a header of one’s own', 'TEMPORAL_GRPC_META_X_AUTH', 'canary+header', 'refused canary+header'],
    ['a value as a URL has it', 'VMC_CLIENT_SECRET', 'canary+/=', 'refused canary%2B%2F%3D'],
    ['a line of a key', 'TEMPORAL_TLS_CLIENT_KEY_DATA', '--BEGIN--\ncanary-line\n--END--', 'cannot parse canary-line'],
  ])('has no credential in it: %s', (_case, name, value, line) => {
    expect(redactor({ ...NO_PROFILE, [name]: value })(line)).not.toContain('canary');
  });

  it('has nothing of a longer secret in it that begins as a shorter one', () => {
    const redact = redactor({ ...NO_PROFILE, VMC_API_TOKEN: 'canary', VMC_CLIENT_SECRET: 'canary-and-more' });
    expect(redact('refused canary-and-more')).toBe('refused [redacted]');
  });

  it('has no credential of Temporal’s profile file in it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
    const file = path.join(folder, 'temporal.toml');
    await writeFile(
      file,
      '[profile.default]\napi_key = "canary-key"\n[profile.default.grpc_meta]\nx-auth = "canary-meta"\n',
    );
    const redact = redactor({ TEMPORAL_CONFIG_FILE: file });
    expect(redact('refused canary-key with canary-meta')).toBe('refused [redacted] with [redacted]');
    await rm(folder, { recursive: true });
  });

  it('has nothing in it that looks like one', () => {
    const redact = redactor(NO_PROFILE);
    expect(redact('header "Bearer abc.def" is not valid')).not.toContain('abc.def');
    expect(redact('got eyJhbGciOi.eyJzdWIi.c2ln back')).toBe('got [redacted] back');
  });
});
