import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HostAndPort } from '../../../domain/settings/hostAndPort';
import type { ProxyVariables } from '../../../domain/settings/proxy';
import { proxyFor, proxyName } from '../../../domain/settings/proxy';

const VARIABLES: ProxyVariables = {
  proxy: ['first_proxy', 'second_proxy'],
  exemptions: ['first_exemptions', 'second_exemptions'],
  protocols: ['http:', 'https:'],
};
const PROXY = { first_proxy: 'http://proxy.example:3128' };
const API: HostAndPort = { host: 'vmc.vmware.com', port: 443 };

/** What messages call the proxy on the way, or null. */
function wayTo(target: HostAndPort, environment: Record<string, string>) {
  const proxy = proxyFor(target, environment, VARIABLES);
  if (!proxy.ok) throw new Error(proxy.problems.join());
  return proxy.value && proxyName(proxy.value);
}

describe('the proxy on the way to a host', () => {
  it.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ other_proxy: 'http://a' }, null],
    [{ first_proxy: 'http://proxy.example:3128' }, 'proxy proxy.example:3128 (first_proxy)'],
    [{ first_proxy: 'http://user:pass@proxy.example:3128/' }, 'proxy proxy.example:3128 (first_proxy)'],
    [{ first_proxy: 'http://proxy.example' }, 'proxy proxy.example:80 (first_proxy)'],
    [{ first_proxy: 'https://proxy.example' }, 'proxy proxy.example:443 (first_proxy)'],
    [{ first_proxy: 'proxy.example:3128' }, 'proxy proxy.example:3128 (first_proxy)'],
    [{ first_proxy: 'http://[2001:db8::1]:3128' }, 'proxy [2001:db8::1]:3128 (first_proxy)'],
    [{ second_proxy: 'http://b', first_proxy: 'http://a' }, 'proxy a:80 (first_proxy)'],
    [{ second_proxy: 'http://b' }, 'proxy b:80 (second_proxy)'],
  ])('is, by %j, %s', (environment, expected) => {
    expect(wayTo(API, environment)).toBe(expected);
  });

  it('has the credentials of its URL, decoded', () => {
    expect(proxyFor(API, { first_proxy: 'http://al%40ice:pass%20word@proxy' }, VARIABLES)).toMatchObject({
      value: { username: 'al@ice', password: 'pass word' },
    });
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
  ])('is left out by the exemptions %j: %s', (list, isLeftOut) => {
    expect(wayTo(API, { ...PROXY, first_exemptions: list }) === null).toBe(isLeftOut);
    expect(wayTo(API, { ...PROXY, second_exemptions: list }) === null).toBe(isLeftOut);
    expect(wayTo(API, { ...PROXY, first_exemptions: list, second_exemptions: 'x' }) === null).toBe(isLeftOut);
  });

  it.each<[HostAndPort, string, boolean]>([
    [{ host: 'Temporal.Example', port: 7233 }, 'other, TEMPORAL.example', true],
    [{ host: '2001:db8::1', port: 443 }, '2001:db8::1', true],
    [{ host: '2001:db8::1', port: 443 }, '[2001:db8::1]', true],
    [{ host: '2001:db8::1', port: 8443 }, '[2001:db8::1]:8443', true],
    [{ host: '2001:db8::1', port: 443 }, '[2001:db8::1]:8443', false],
    [{ host: '2001:db8::1', port: 443 }, '10.0.0.0/8', false],
    [{ host: '10.1.2.3', port: 8443 }, '10.1.2.3', true],
    [{ host: '10.1.2.3', port: 8443 }, '10.1.2.3:443', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/8', true],
    [{ host: '10.1.2.3', port: 443 }, 'x,10.1.0.0/16,y', true],
    [{ host: '10.1.2.3', port: 443 }, '10.1.2.3/32', true],
    [{ host: '10.1.2.3', port: 443 }, '0.0.0.0/0', true],
    [{ host: '10.1.2.3', port: 443 }, '10.1.2.2/32', false],
    [{ host: '10.1.2.3', port: 443 }, '10.2.0.0/16', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/33', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/x', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/', false],
    [{ host: 'temporal.example', port: 443 }, '10.0.0.0/8', false],
    [{ host: 'temporal.example', port: 443 }, 'x/0', false],
    [{ host: 'temporal.example', port: 443 }, '0.0.0.0/0', false],
    [{ host: '10.1.2.3', port: 443 }, 'x/0', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/x8', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/8x', false],
    [{ host: '10.1.2.3', port: 443 }, '10.0.0.0/008', false],
    [{ host: '10.1.2.3', port: 443 }, '9.255.255.255.0/0', false],
    [{ host: '10.1.2.3.example', port: 443 }, '10.0.0.0/8', false],
    [{ host: 'x10.1.2.3', port: 443 }, '10.0.0.0/8', false],
    [{ host: '0.0.0.5', port: 443 }, 'x/32', false],
    [{ host: '10.11.12.13', port: 443 }, '10.11.0.0/16', true],
    [{ host: '10.1.2.3', port: 443 }, '10.1.2.3/33', false],
    [{ host: '10.1.2.3', port: 443 }, '0.10.1.2.3/32', false],
    [{ host: '0.0.10.5', port: 443 }, '10.1/24', false],
  ])('to %j is left out by %s: %s', (target, list, isLeftOut) => {
    expect(wayTo(target, { ...PROXY, first_exemptions: list }) === null).toBe(isLeftOut);
  });

  it.each([
    'socks5://canary:canary@127.0.0.1:1080',
    'ftp://canary',
    'http://',
    'http://a b',
    'http://canary:99999',
    'https://proxy:canary',
    'http://canary%:x%@proxy',
  ])('that is given as %s is refused by name, and the message quotes nothing of it', (setting) => {
    for (const name of VARIABLES.proxy) {
      const proxy = proxyFor(API, { [name]: setting }, VARIABLES);
      expect(proxy).toEqual({
        ok: false,
        problems: [expect.stringMatching(`^${name}: must be the URL of an http or https proxy`)],
      });
      expect(JSON.stringify(proxy)).not.toContain('canary');
    }
  });

  it('is refused where the client cannot speak its protocol', () => {
    const https = { first_proxy: 'https://canary' };
    expect(proxyFor(API, https, { ...VARIABLES, protocols: ['http:'] })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^first_proxy: must be the URL of an http proxy/)],
    });
  });

  it('may be wrong where it is not used', () => {
    expect(wayTo(API, { first_proxy: 'socks5://a', first_exemptions: 'vmc.vmware.com' })).toBeNull();
  });
});

describe('loopback', () => {
  const loopback = fc.oneof(
    fc.constantFrom('localhost', 'LOCALHOST', '::1'),
    fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => `127.${rest.join('.')}`),
  );
  const environment = fc.dictionary(
    fc.constantFrom(...VARIABLES.proxy, ...VARIABLES.exemptions),
    fc.constantFrom('http://proxy.example:3128', 'https://u:p@proxy.example', 'socks5://a', 'b', 'example.com'),
  );

  it('has no proxy, whatever the environment says', () => {
    fc.assert(
      fc.property(loopback, fc.nat(65_535), environment, (host, port, variables) => {
        expect(proxyFor({ host, port }, variables, VARIABLES)).toEqual({ ok: true, value: null });
      }),
    );
  });

  it.each(['foo.localhost', 'localhost.', 'localhost.example', '127.0.0.1.example', '128.0.0.1', '0.0.0.0', '::2'])(
    '%s is none',
    (host) => {
      expect(wayTo({ host, port: 443 }, PROXY)).not.toBeNull();
    },
  );
});
