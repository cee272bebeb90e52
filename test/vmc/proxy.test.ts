import { expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../domain/settings/environment';
import { proxyName } from '../../domain/settings/proxy';
import { readVmcConfiguration } from '../../vmc/configuration';

const CLOUD = { VMC_API_URL: 'https://vmc.vmware.com/vmc/api', VMC_CSP_URL: 'https://console.cloud.vmware.com' };

/** What messages call the proxies on the way to the API and to sign-in, or null. */
async function ways(variables: Record<string, string>) {
  const configuration = await readVmcConfiguration(cleanEnvironment({ ...CLOUD, ...variables }));
  if (!configuration.ok) throw new Error(configuration.problems.join());
  return [configuration.value.apiProxy, configuration.value.cspProxy].map((proxy) => proxy && proxyName(proxy));
}

it.each<[Record<string, string>, string | null]>([
  [{ HTTPS_PROXY: ' http://user:pass@proxy.example:3128/ \r' }, 'proxy proxy.example:3128 (HTTPS_PROXY)'],
  [{ https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper' }, 'proxy lower:80 (https_proxy)'],
  [{ https_proxy: ' ', HTTPS_PROXY: 'http://upper' }, 'proxy upper:80 (HTTPS_PROXY)'],
  [{ ALL_PROXY: 'http://all', HTTPS_PROXY: 'https://upper' }, 'proxy upper:443 (HTTPS_PROXY)'],
  [{ all_proxy: 'http://all' }, 'proxy all:80 (all_proxy)'],
  [{ ALL_PROXY: 'http://all' }, 'proxy all:80 (ALL_PROXY)'],
  [{ HTTP_PROXY: 'http://plain', http_proxy: 'http://plain', grpc_proxy: 'http://grpc' }, null],
  [{ HTTPS_PROXY: '' }, null],
  [{ HTTPS_PROXY: 'http://upper', NO_PROXY: 'vmware.com' }, null],
  [{ HTTPS_PROXY: 'http://upper', no_proxy: ' ', NO_PROXY: 'vmware.com:443' }, null],
  [{ HTTPS_PROXY: 'http://upper', no_proxy: 'vmware.com:8443' }, 'proxy upper:80 (HTTPS_PROXY)'],
])('reads the usual variables of https clients: by %j, %s', async (variables, expected) => {
  expect(await ways(variables)).toEqual([expected, expected]);
});

it.each(['localhost', '127.1', '0x7f.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]'])('has none for %s', async (host) => {
  const HTTPS_PROXY = 'http://proxy.example:3128';
  for (const scheme of ['http', 'https'])
    expect(await ways({ HTTPS_PROXY, VMC_API_URL: `${scheme}://${host}:8480/vmc/api` })).toEqual([
      null,
      'proxy proxy.example:3128 (HTTPS_PROXY)',
    ]);
});

it('names each host with its own exemption and port', async () => {
  const variables = {
    HTTPS_PROXY: 'http://a',
    NO_PROXY: 'console.cloud.vmware.com:443',
    VMC_API_URL: 'https://[2001:db8::1]:8443/api',
  };
  expect(await ways(variables)).toEqual(['proxy a:80 (HTTPS_PROXY)', null]);
  expect(await ways({ ...variables, NO_PROXY: '[2001:db8::1]:8443' })).toEqual([null, 'proxy a:80 (HTTPS_PROXY)']);
});
