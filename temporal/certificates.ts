import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { TLSConfig } from '@temporalio/client';
import type { Environment } from '../domain/settings/environment';
import type { Parsed } from '../domain/contract/input';
import { readFileTextInTime } from '../files/fileText';

export type Certificates = Pick<TLSConfig, 'clientCertPair' | 'serverRootCACertificate'>;

const CERTIFICATE = 'TEMPORAL_TLS_CLIENT_CERT';
const KEY = 'TEMPORAL_TLS_CLIENT_KEY';
const AUTHORITY = 'TEMPORAL_TLS_SERVER_CA_CERT';

/** Parsed here as well: the SDK's two parts would each refuse a bad one in words of their own. */
export async function readCertificates(variables: Environment): Promise<Parsed<Certificates>> {
  const certificate = await readPem(variables, CERTIFICATE, parseCertificate);
  const key = await readPem(variables, KEY, createPrivateKey);
  const authority = await readPem(variables, AUTHORITY, parseCertificate);
  if (!certificate.ok || !key.ok || !authority.ok)
    return { ok: false, problems: [certificate, key, authority].flatMap((part) => (part.ok ? [] : part.problems)) };
  const serverRootCACertificate = authority.value;
  const known = serverRootCACertificate === null ? {} : { serverRootCACertificate };
  if (certificate.value === null && key.value === null) return { ok: true, value: known };
  if (certificate.value === null || key.value === null || !isPair(certificate.value, key.value))
    return { ok: false, problems: [`${CERTIFICATE}_…: needs its own key in ${KEY}_PATH or ${KEY}_DATA, and no other`] };
  return { ok: true, value: { ...known, clientCertPair: { crt: certificate.value, key: key.value } } };
}

async function readPem(
  variables: Environment,
  name: string,
  parse: (pem: Buffer) => unknown,
): Promise<Parsed<Buffer | null>> {
  const [path, data] = [variables[`${name}_PATH`], variables[`${name}_DATA`]];
  if (path === undefined && data === undefined) return { ok: true, value: null };
  if (path !== undefined && data !== undefined)
    return { ok: false, problems: [`${name}_PATH: cannot be set together with ${name}_DATA: unset one or the other`] };
  const variable = path === undefined ? `${name}_DATA` : `${name}_PATH`;
  const text: Parsed<string> = path === undefined ? { ok: true, value: data ?? '' } : await readFileTextInTime(path);
  if (!text.ok) return { ok: false, problems: text.problems.map((problem) => `${variable}: ${problem}`) };
  const pem = Buffer.from(text.value);
  if (isPem(pem, parse)) return { ok: true, value: pem };
  const what = parse === parseCertificate ? 'a certificate' : 'a private key without a passphrase';
  return { ok: false, problems: [`${variable}: must hold ${what} in PEM form`] };
}

function isPem(pem: Buffer, parse: (pem: Buffer) => unknown): boolean {
  try {
    parse(pem);
    // Node's own parser takes DER as well.
    return pem.includes('-----BEGIN ');
  } catch {
    return false;
  }
}

function parseCertificate(pem: Buffer): X509Certificate {
  return new X509Certificate(pem);
}

function isPair(certificate: Buffer, key: Buffer): boolean {
  return parseCertificate(certificate).checkPrivateKey(createPrivateKey(key));
}
