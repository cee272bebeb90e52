import { isIPv6 } from 'node:net';
import { unescape } from 'node:querystring';
import type { Parsed } from '../../domain/contract/input';
import { isLoopback } from '../../domain/settings/loopback';

/** A forward proxy, and the environment variable that names it. */
export interface Proxy {
  protocol: string;
  /** As a URL writes it. */
  hostname: string;
  port: number;
  variable: string;
  /** For the proxy alone, and for no message; each may be empty. */
  username: string;
  password: string;
}

/** As messages name it. */
export function proxyName({ hostname, port, variable }: Proxy): string {
  return `proxy ${hostname}:${port} (${variable})`;
}

/** The first that is set counts, as with curl and most others. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
const EXEMPTION_VARIABLES = ['no_proxy', 'NO_PROXY'];
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * The proxy on the way to a URL, null where there is none. Loopback never has one, whatever the
 * environment says, and so plain http has none: it is allowed on loopback only.
 */
export function proxyFor(url: string, environment: Readonly<Record<string, string | undefined>>): Parsed<Proxy | null> {
  const target = new URL(url);
  const settingOf = (name: string) => environment[name]?.trim() ?? '';
  const firstOf = (names: readonly string[]) => names.find((name) => settingOf(name) !== '');
  const variable = firstOf(PROXY_VARIABLES);
  if (variable === undefined || target.protocol !== 'https:' || isLoopback(target.hostname))
    return { ok: true, value: null };
  if (isExempt(target, settingOf(firstOf(EXEMPTION_VARIABLES) ?? ''))) return { ok: true, value: null };
  const proxy = parseProxy(settingOf(variable));
  if (proxy !== null) return { ok: true, value: { ...proxy, variable } };
  const form = 'must be the URL of an http or https proxy such as http://proxy.example:3128';
  return { ok: false, problems: [`${variable}: ${form}. NO_PROXY names the hosts that need none`] };
}

function parseProxy(setting: string): Omit<Proxy, 'variable'> | null {
  const text = setting.includes('://') ? setting : `http://${setting}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (!(url.protocol in DEFAULT_PORTS)) return null;
  return {
    protocol: url.protocol,
    hostname: url.hostname,
    port: portOf(url),
    username: unescape(url.username),
    password: unescape(url.password),
  };
}

function portOf({ protocol, port }: URL): number {
  return port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);
}

/**
 * An entry stands for a host and all names below it, `*` for every host; with a port, for that port
 * alone.
 */
function isExempt(target: URL, exemptions: string): boolean {
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = '', port] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? [];
      if (name === '' || (port !== undefined && Number(port) !== portOf(target))) return false;
      return name === '*' || target.hostname === name || target.hostname.endsWith(`.${name}`);
    });
}
