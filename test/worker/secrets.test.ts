import { describe, expect, it } from '@jest/globals';
import { createScrubber } from '../../worker/secrets';

describe('the scrubber', () => {
  it.each([
    ['as it is', (secret: string) => `token ${secret} was refused`],
    ['in JSON', (secret: string) => JSON.stringify({ token: secret })],
    ['in JSON within JSON', (secret: string) => JSON.stringify({ body: JSON.stringify({ token: secret }) })],
    ['in a form', (secret: string) => `grant=${encodeURIComponent(secret)}`],
  ])('blanks a known secret %s', (_, lineWith) => {
    const secret = 'canary "quoted" +/= \\ end';
    const line = createScrubber([secret])(lineWith(secret));
    expect(line).toContain('[secret]');
    expect(line).not.toMatch(/canary|quoted|end/);
  });

  it('leaves nothing of a secret that begins with another one', () => {
    expect(createScrubber(['canary-1', 'canary-1-and-more'])('is canary-1-and-more')).toBe('is [secret]');
  });

  it.each([
    ['a JWT', 'got eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl back'],
    ['a bearer token', 'Authorization: Bearer c2lnbmF0dXJl'],
    ['Basic credentials', '"authorization":"Basic c2lnbmF0dXJl"'],
    ['a form with a token', 'refresh_token=c2lnbmF0dXJl&x=1'],
    ['an access token in JSON', '{"access_token":"c2lnbmF0dXJl"}'],
    ['an access token in JSON within JSON', JSON.stringify({ body: '{"access_token":"c2lnbmF0dXJl"}' })],
    ['the API header', '{"csp-auth-token":"c2lnbmF0dXJl"}'],
  ])('blanks %s that nobody knew of', (_, line) => {
    const scrubbed = createScrubber([])(line);
    expect(scrubbed).toContain('[secret]');
    expect(scrubbed).not.toContain('c2lnbmF0dXJl');
  });

  it('leaves everything else as it is, even where a secret is a word of everyday language', () => {
    const line = '{"level":"info","msg":"polling","token":"a basic line"}';
    expect(createScrubber(['info', ''])(line)).toBe(line);
  });
});
