import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { SECOND_MS } from '../domain/contract/duration';
import { parseHostAndPort } from '../domain/settings/hostAndPort';
import type { TemporalSettings } from './settings';

const TIME_LIMIT_MS = 2 * SECOND_MS;

/** What OpenSSL says of an answer that is no TLS. */
const NOT_TLS = /wrong version number|packet length too long|http request|unexpected message/i;

type Handshake = { kind: 'no TLS' } | { kind: 'TLS'; refusal: string | null } | { kind: 'unknown' };

/**
 * What is wrong with TLS on the way to a Temporal that could not be reached, with the remedy; null
 * where it is not that. gRPC's two implementations say it in words of their own, or not at all.
 */
export async function tlsHint(settings: TemporalSettings): Promise<string | null> {
  const { tls, proxy } = settings;
  if (proxy !== null) return null;
  const found = await handshake(settings);
  if (found.kind === 'unknown') return null;
  if (found.kind === 'no TLS')
    return tls === false
      ? null
      : 'it does not speak TLS there. Set TEMPORAL_TLS=false, or TEMPORAL_ADDRESS to where it does';
  if (tls === false) return 'it speaks TLS there. Set TEMPORAL_TLS=true';
  if (found.refusal === null) return null;
  return found.refusal === 'ERR_TLS_CERT_ALTNAME_INVALID'
    ? 'its certificate is for another name. Set TEMPORAL_TLS_SERVER_NAME to the name in the certificate'
    : `its certificate is not trusted (${found.refusal}). Set TEMPORAL_TLS_SERVER_CA_CERT_PATH to that of its authority`;
}

async function handshake({ address, tls }: TemporalSettings): Promise<Handshake> {
  const place = parseHostAndPort(address);
  if (place === null) return { kind: 'unknown' };
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = typeof tls === 'object' ? tls : {};
  const servername = serverNameOverride ?? place.host;
  const socket = connect({
    host: place.host,
    port: place.port,
    ALPNProtocols: ['h2'],
    // To learn what is wrong with it; nothing is sent.
    rejectUnauthorized: false,
    // An address is no name that could be asked for.
    ...(isIP(servername) === 0 && { servername }),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  });
  socket.setTimeout(TIME_LIMIT_MS);
  try {
    return await new Promise<Handshake>((resolve) => {
      socket.once('secureConnect', () => {
        const error: unknown = socket.authorized ? null : socket.authorizationError;
        resolve({ kind: 'TLS', refusal: error === null ? null : codeOf(error) });
      });
      socket.on('error', ({ message }: Error) => {
        resolve({ kind: NOT_TLS.test(message) ? 'no TLS' : 'unknown' });
      });
      socket.once('timeout', () => {
        resolve({ kind: 'unknown' });
      });
    });
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
