import { describe, expect, it } from '@jest/globals';
import { Scrubber, secretsIn } from '../../temporal/secrets';

describe('the variables', () => {
  it.each(['http://user:canary%2F1@proxy.example:3128', 'user:canary%2F1@proxy.example:3128'])(
    'hold a secret in the address of a proxy (%s)',
    (address) => {
      expect(secretsIn({ HTTPS_PROXY: address })).toEqual(['canary%2F1', 'canary/1']);
    },
  );
});

describe('the scrubber', () => {
  it.each([
    ['as it is', (secret: string) => `token ${secret} was refused`],
    ['in JSON', (secret: string) => JSON.stringify({ token: secret })],
    ['in JSON within JSON', (secret: string) => JSON.stringify({ body: JSON.stringify({ token: secret }) })],
    ['in a form or a gRPC message', (secret: string) => `grant=${encodeURIComponent(secret)}`],
  ])('blanks a known secret %s', (_, lineWith) => {
    const secret = 'canary "quoted" +/= \\ end';
    const line = new Scrubber([secret]).scrub(lineWith(secret));
    expect(line).toContain('[secret]');
    expect(line).not.toMatch(/canary|quoted|end/);
  });

  it('blanks one line of a secret that has several', () => {
    expect(new Scrubber(['--BEGIN--\ncanary-line\r\n--END--']).scrub('cannot parse canary-line')).toBe(
      'cannot parse [secret]',
    );
  });

  it('leaves nothing of a secret that begins with another one', () => {
    expect(new Scrubber(['canary-1', 'canary-1-and-more']).scrub('is canary-1-and-more')).toBe('is [secret]');
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
    const scrubbed = new Scrubber([]).scrub(line);
    expect(scrubbed).toContain('[secret]');
    expect(scrubbed).not.toContain('c2lnbmF0dXJl');
  });

  it('blanks what it learns later, and forgets the oldest of very many', () => {
    const scrubber = new Scrubber(['canary-first']);
    for (let index = 0; index < 1_001; index++) {
      scrubber.learn('canary-in-use');
      scrubber.learn(`canary-later-${index}-`);
    }
    expect(scrubber.scrub('canary-first canary-in-use canary-later-1000-')).toBe('[secret] [secret] [secret]');
    expect(scrubber.scrub('canary-later-0-')).toBe('canary-later-0-');
  });

  it('leaves everything else as it is, even where a secret is a word of everyday language', () => {
    const line = '{"level":"info","msg":"polling","token":"a basic line"}';
    expect(new Scrubber(['info', '']).scrub(line)).toBe(line);
  });
});

describe('the secrets of an environment', () => {
  it.each([
    ['VMC_API_TOKEN', 'canary'],
    ['VMC_CLIENT_SECRET', 'canary'],
    ['TEMPORAL_API_KEY', 'canary'],
    ['TEMPORAL_GRPC_META_X_OWN', 'canary'],
    ['TEMPORAL_TLS_CLIENT_KEY_DATA', 'canary'],
    ['https_proxy', 'http://user:canary@proxy:3128'],
    ['HTTPS_PROXY', 'http://user:canary@proxy:3128'],
  ])('hold what is secret in %s', (name, value) => {
    expect(secretsIn({ [name]: value })).toContain('canary');
  });

  it('hold a password of a proxy as it is sent, too', () => {
    expect(secretsIn({ http_proxy: 'http://user:ca%40nary@proxy' })).toContain('ca@nary');
  });

  it.each(['VMC_ORG_ID', 'VMC_API_TOKEN_FILE', 'TEMPORAL_ADDRESS', 'VMC_CLIENT_ID', 'no_proxy'])(
    'hold nothing of %s',
    (name) => {
      expect(secretsIn({ [name]: 'plain' })).toEqual([]);
    },
  );
});
