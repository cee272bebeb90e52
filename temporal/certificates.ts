import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';
import type { Environment } from '../domain/settings/environment';
import type { Parsed } from '../domain/contract/input';

export type Certificates = Pick<TLSConfig, 'clientCertPair' | 'serverRootCACertificate'>;

const CERTIFICATE = 'TEMPORAL_TLS_CLIENT_CERT';
const KEY = 'TEMPORAL_TLS_CLIENT_KEY';
const AUTHORITY = 'TEMPORAL_TLS_SERVER_CA_CERT';

/** Parsed here as well: the SDK's two parts would each refuse a bad one in words of their own. */
export function readCertificates(variables: Environment): Parsed<Certificates> {
  const certificate = readPem(variables, CERTIFICATE, parseCertificate);
  const key = readPem(variables, KEY, createPrivateKey);
  const authority = readPem(variables, AUTHORITY, parseCertificate);
  if (!certificate.ok || !key.ok || !authority.ok)
    return { ok: false, problems: [certificate, key, authority].flatMap((part) => (part.ok ? [] : part.problems)) };
  const serverRootCACertificate = authority.value;
  const known = serverRootCACertificate === null ? {} : { serverRootCACertificate };
  if (certificate.value === null && key.value === null) return { ok: true, value: known };
  if (certificate.value === null || key.value === null || !isPair(certificate.value, key.value))
    return { ok: false, problems: [`${CERTIFICATE}_…: needs its own key in ${KEY}_PATH or ${KEY}_DATA, and no other`] };
  return { ok: true, value: { ...known, clientCertPair: { crt: certificate.value, key: key.value } } };
}

function readPem(variables: Environment, name: string, parse: (pem: Buffer) => unknown): Parsed<Buffer | null> {
  const [path, data] = [variables[`${name}_PATH`], variables[`${name}_DATA`]];
  if (path === undefined && data === undefined) return { ok: true, value: null };
  if (path !== undefined && data !== undefined)
    return { ok: false, problems: [`${name}_PATH: cannot be set together with ${name}_DATA: unset one or the other`] };
  const variable = path === undefined ? `${name}_DATA` : `${name}_PATH`;
  try {
    const pem = path === undefined ? Buffer.from(data ?? '') : readFileSync(path);
    // Node's own parser takes DER as well.
    if (pem.includes('-----BEGIN ')) {
      parse(pem);
      return { ok: true, value: pem };
    }
  } catch (error) {
    const { syscall, code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) return { ok: false, problems: [`${variable}: cannot be read (${code})`] };
  }
  const what = parse === parseCertificate ? 'a certificate' : 'a private key without a passphrase';
  return { ok: false, problems: [`${variable}: must hold ${what} in PEM form`] };
}

function parseCertificate(pem: Buffer): X509Certificate {
  return new X509Certificate(pem);
}

function isPair(certificate: Buffer, key: Buffer): boolean {
  return parseCertificate(certificate).checkPrivateKey(createPrivateKey(key));
}
