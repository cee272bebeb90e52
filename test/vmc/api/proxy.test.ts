import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { proxyFor, proxyName } from '../../../vmc/api/proxy';

const API = 'https://vmc.vmware.com/vmc/api';
const PROXY = { HTTPS_PROXY: 'http://proxy.example:3128' };

/** What messages call the proxy on the way, or null. */
function wayTo(url: string, environment: Record<string, string>) {
  const proxy = proxyFor(url, environment);
  if (!proxy.ok) throw new Error(proxy.problems.join());
  return proxy.value && proxyName(proxy.value);
}

describe('the proxy on the way to an https host', () => {
  it.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ HTTPS_PROXY: 'http://proxy.example:3128' }, 'proxy proxy.example:3128 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: ' http://user:pass@proxy.example:3128/ \r' }, 'proxy proxy.example:3128 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'http://proxy.example' }, 'proxy proxy.example:80 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'https://proxy.example' }, 'proxy proxy.example:443 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, 'proxy proxy.example:3128 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'http://[2001:db8::1]:3128' }, 'proxy [2001:db8::1]:3128 (HTTPS_PROXY)'],
    [{ https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper' }, 'proxy lower:80 (https_proxy)'],
    [{ https_proxy: ' ', HTTPS_PROXY: 'http://upper' }, 'proxy upper:80 (HTTPS_PROXY)'],
    [{ ALL_PROXY: 'http://all', HTTPS_PROXY: 'http://upper' }, 'proxy upper:80 (HTTPS_PROXY)'],
    [{ all_proxy: 'http://all' }, 'proxy all:80 (all_proxy)'],
    [{ ALL_PROXY: 'http://all' }, 'proxy all:80 (ALL_PROXY)'],
    [{ HTTP_PROXY: 'http://plain', http_proxy: 'http://plain' }, null],
    [{ HTTPS_PROXY: '' }, null],
  ])('is, by %j, %s', (environment, expected) => {
    expect(wayTo(API, environment)).toBe(expected);
  });

  it.each<[string, boolean]>([
    ['', false],
    ['*', true],
    ['vmc.vmware.com', true],
    ['VMC.VMware.com', true],
    ['vmware.com', true],
    ['.vmware.com', true],
    ['*.vmware.com', true],
    ['com', true],
    ['vmc.vmware.com:443', true],
    ['vmc.vmware.com:8443', false],
    ['ware.com', false],
    ['vmc', false],
    ['vmc.vmware.com.example', false],
    ['a.vmc.vmware.com', false],
    ['other.example,vmware.com', true],
    ['other.example , vmware.com', true],
    ['other.example vmware.com', true],
    [',', false],
    ['.', false],
    [':443', false],
  ])('is left out by NO_PROXY=%j: %s', (list, isLeftOut) => {
    expect(wayTo(API, { ...PROXY, NO_PROXY: list }) === null).toBe(isLeftOut);
    expect(wayTo(API, { ...PROXY, no_proxy: list }) === null).toBe(isLeftOut);
    expect(wayTo(API, { ...PROXY, no_proxy: ' ', NO_PROXY: list }) === null).toBe(isLeftOut);
  });

  it.each<[string, string, boolean]>([
    ['https://[2001:db8::1]/api', '2001:db8::1', true],
    ['https://[2001:db8::1]/api', '[2001:db8::1]', true],
    ['https://[2001:db8::1]:8443/api', '[2001:db8::1]:8443', true],
    ['https://[2001:db8::1]/api', '[2001:db8::1]:8443', false],
    ['https://10.1.2.3:8443', '10.1.2.3', true],
    ['https://10.1.2.3:8443', '10.1.2.3:443', false],
  ])('to %s is left out by NO_PROXY=%s: %s', (url, list, isLeftOut) => {
    expect(wayTo(url, { ...PROXY, NO_PROXY: list }) === null).toBe(isLeftOut);
  });

  it.each(['socks5://canary:canary@127.0.0.1:1080', 'ftp://canary', 'http://', 'http://a b', 'http://canary:99999'])(
    'that is given as %s is refused by name, and the message quotes nothing of it',
    (setting) => {
      for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
        const proxy = proxyFor(API, { [name]: setting });
        expect(proxy).toEqual({ ok: false, problems: [expect.stringMatching(`^${name}: must be the URL of `)] });
        expect(JSON.stringify(proxy)).not.toContain('canary');
      }
    },
  );

  it('is never asked for where NO_PROXY says so, however wrong its address', () => {
    expect(wayTo(API, { ALL_PROXY: 'socks5://a', NO_PROXY: 'vmc.vmware.com' })).toBeNull();
  });
});

describe('loopback and plain http', () => {
  const anyVariable = fc.constantFrom(
    'http_proxy',
    'HTTP_PROXY',
    'https_proxy',
    'HTTPS_PROXY',
    'all_proxy',
    'ALL_PROXY',
  );
  const anySetting = fc.constantFrom('http://proxy.example:3128', 'https://u:p@proxy.example', 'socks5://a', 'b');
  const anyExemption = fc.record(
    { NO_PROXY: fc.constantFrom('', 'example.com'), no_proxy: fc.constantFrom('', 'example.com') },
    { requiredKeys: [] },
  );
  const anyPort = fc.constantFrom('', ':1', ':443', ':8480');
  const loopback = fc.oneof(
    fc.constantFrom('localhost', 'LOCALHOST', '127.1', '0x7f.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]'),
    fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => `127.${rest.join('.')}`),
  );

  it('have no proxy, whatever the environment says', () => {
    const url = fc.oneof(
      fc.tuple(fc.constantFrom('http', 'https'), loopback, anyPort),
      fc.tuple(fc.constant('http'), fc.constantFrom('api.example', 'foo.localhost', '10.0.0.1'), anyPort),
    );
    fc.assert(
      fc.property(
        url,
        fc.dictionary(anyVariable, anySetting),
        anyExemption,
        ([scheme, host, port], proxies, others) => {
          expect(proxyFor(`${scheme}://${host}${port}/api`, { ...proxies, ...others })).toEqual({
            ok: true,
            value: null,
          });
        },
      ),
    );
  });

  it.each(['foo.localhost', 'localhost.', 'localhost.example', '127.0.0.1.example', '128.0.0.1', '0.0.0.0', '[::2]'])(
    '%s is no loopback',
    (host) => {
      expect(wayTo(`https://${host}/api`, PROXY)).not.toBeNull();
    },
  );
});
