import type { Parsed } from '../contract/input';
import type { Environment } from './environment';
import type { HostAndPort } from './hostAndPort';
import { formatHostAndPort, urlHost } from './hostAndPort';
import { isLoopback } from './loopback';

/** A forward proxy, and the environment variable that names it. */
export interface Proxy {
  variable: string;
  protocol: string;
  /** An IPv6 address stands without its brackets. */
  host: string;
  port: number;
  /** For the proxy alone, and for no message; each may be empty. */
  username: string;
  password: string;
}

/** The variables that a client reads: of each list, the first that is set counts. */
export interface ProxyVariables {
  proxy: readonly string[];
  exemptions: readonly string[];
  /** How the proxy itself is reached, such as `http:`. */
  protocols: readonly string[];
}

/** As messages name it. */
export function proxyName(proxy: Proxy): string {
  return `proxy ${formatHostAndPort(proxy)} (${proxy.variable})`;
}

/** The proxy on the way to a host, null for none. Loopback never has one. */
export function proxyFor(
  target: HostAndPort,
  environment: Environment,
  { proxy: names, exemptions, protocols }: ProxyVariables,
): Parsed<Proxy | null> {
  const settingOf = (candidates: readonly string[]) => candidates.find((name) => name in environment);
  const variable = settingOf(names);
  const exempt = environment[settingOf(exemptions) ?? ''] ?? '';
  if (variable === undefined || isLoopback(urlHost(target.host)) || isExempt(target, exempt))
    return { ok: true, value: null };
  const proxy = parseProxy(environment[variable] ?? '');
  if (proxy !== null && protocols.includes(proxy.protocol)) return { ok: true, value: { variable, ...proxy } };
  const kinds = protocols.map((protocol) => protocol.slice(0, -1)).join(' or ');
  const form = `must be the URL of an ${kinds} proxy such as http://proxy.example:3128`;
  return { ok: false, problems: [`${variable}: ${form}. no_proxy lists the hosts that are reached directly`] };
}

function parseProxy(setting: string): Omit<Proxy, 'variable'> | null {
  const text = setting.includes('://') ? setting : `http://${setting}`;
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password } = new URL(text);
  try {
    return {
      protocol,
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    };
  } catch {
    // A stray percent sign.
    return null;
  }
}

/**
 * An entry is a host with all names below it, an address, an IPv4 network, or `*` for every host;
 * with a port, it is for that port alone.
 */
function isExempt({ host, port }: HostAndPort, exemptions: string): boolean {
  const target = urlHost(host).toLowerCase();
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (isInNetwork(host, entry)) return true;
      const isBareIp6 = /^[^[].*:.*:/.test(entry);
      const [, name, onlyPort] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(isBareIp6 ? `[${entry}]` : entry) ?? [];
      if (name === undefined || (onlyPort !== undefined && Number(onlyPort) !== port)) return false;
      return name === '*' || target === name || target.endsWith(`.${name}`);
    });
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  const [address, base] = [ip4Number(host), ip4Number(network)];
  if (address === null || base === null || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return false;
  const addresses = 2 ** (32 - Number(prefix));
  return Math.floor(address / addresses) === Math.floor(base / addresses);
}

function ip4Number(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  return text.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}
