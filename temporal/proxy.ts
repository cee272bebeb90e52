import { BlockList, isIPv4 } from 'node:net';
import type { Environment } from '../domain/settings/environment';
import type { HostAndPort } from '../domain/settings/hostAndPort';
import { formatHostAndPort, parseHostAndPort, urlHost } from '../domain/settings/hostAndPort';
import type { Parsed } from '../domain/contract/input';
import { isLoopback } from '../domain/settings/loopback';

export interface Proxy {
  /** The variable that names it. */
  variable: string;
  /** `host:port` */
  address: string;
  credentials: { username: string; password: string } | null;
}

/** As gRPC's own libraries read them: the first that is set counts, in lower case only. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];
const NO_PROXY_VARIABLES = ['no_grpc_proxy', 'no_proxy'];
const DEFAULT_PROXY_PORT = 80;

/** The proxy on the way to Temporal, or null for none. Loopback is never reached through one. */
export function proxyFor({ host }: HostAndPort, environment: Environment): Parsed<Proxy | null> {
  const variable = PROXY_VARIABLES.find((name) => name in environment);
  if (variable === undefined || isLoopback(urlHost(host)) || isExempt(host, environment))
    return { ok: true, value: null };
  const proxy = parseProxy(environment[variable] ?? '');
  if (proxy !== null) return { ok: true, value: { variable, ...proxy } };
  return {
    ok: false,
    problems: [
      `${variable}: must be a URL such as http://proxy.example:3128. Where Temporal is reached without a proxy, add its host to no_proxy`,
    ],
  };
}

function parseProxy(text: string): Omit<Proxy, 'variable'> | null {
  const url = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password } = new URL(url);
  const place = parseHostAndPort(`${hostname}:${port || DEFAULT_PROXY_PORT}`);
  if (protocol !== 'http:' || place === null) return null;
  try {
    const credentials = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    return { address: formatHostAndPort(place), credentials: username === '' ? null : credentials };
  } catch {
    // A stray percent sign.
    return null;
  }
}

/** Entries are suffixes of host names, IPv4 addresses or networks, or `*`. */
function isExempt(host: string, environment: Environment): boolean {
  const variable = NO_PROXY_VARIABLES.find((name) => name in environment);
  const entries = (variable === undefined ? '' : (environment[variable] ?? '')).split(/[\s,]+/).filter(Boolean);
  return entries.some(
    (entry) => entry === '*' || host.toLowerCase().endsWith(entry.toLowerCase()) || isInNetwork(host, entry),
  );
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  if (!isIPv4(host) || !isIPv4(network) || !/^\d+$/.test(prefix) || Number(prefix) > 32) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(prefix));
  return block.check(host);
}
