/**
 * Whether a host, as a URL writes it, is this very machine: what is sent there crosses no network,
 * so that it needs no TLS and no proxy. A name below `localhost` is not: whoever answers for its
 * name says where it leads.
 */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}
