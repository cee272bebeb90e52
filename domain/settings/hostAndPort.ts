export interface HostAndPort {
  /** An IPv6 address stands without its brackets. */
  host: string;
  port: number;
}

const FORM = /^(?:\[(?<ip6>[0-9A-Fa-f:.]+)\]|(?<host>[\w-]+(?:\.[\w-]+)*\.?))(?::(?<port>\d{1,5}))?$/;
const MAX_PORT = 65_535;

/** `host:port` or `[ip6]:port`; null for any other text. Without a default the port is required. */
export function parseHostAndPort(text: string, defaultPort?: number): HostAndPort | null {
  const { ip6, host = ip6, port = defaultPort } = FORM.exec(text)?.groups ?? {};
  if (host === undefined || port === undefined || Number(port) > MAX_PORT) return null;
  if (ip6 === undefined) return { host, port: Number(port) };
  // One address has many spellings; a URL has the shortest.
  const url = `http://[${ip6}]`;
  return URL.canParse(url) ? { host: new URL(url).hostname.slice(1, -1), port: Number(port) } : null;
}

export function formatHostAndPort({ host, port }: HostAndPort): string {
  return `${urlHost(host)}:${port}`;
}

/** As a URL writes it. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
