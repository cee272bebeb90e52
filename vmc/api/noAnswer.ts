import type { Proxy } from '../../domain/settings/proxy';
import { proxyName } from '../../domain/settings/proxy';
import type { Exchange } from './transport';

export type Unanswered = Exclude<Exchange, { kind: 'answered' }>;

/** Who was to answer, and the variable that says where. */
export interface Service {
  name: 'VMC API' | 'sign-in service';
  host: string;
  variable: 'VMC_API_URL' | 'VMC_CSP_URL';
}

/** `remedy`: what to do, where the message cannot leave it at a question. */
export interface Fault {
  message: string;
  remedy?: string;
}

/** Why a service did not answer, human-readable. Of a proxy's address neither user nor password. */
export function noAnswer(exchange: Unanswered, service: Service): Fault {
  const who = `The ${service.name} at ${service.host}`;
  switch (exchange.kind) {
    case 'timedOut':
      return { message: `${who} did not answer in time${through(exchange.proxy)}` };
    case 'unanswered':
      return brokenOff(who, service.variable, exchange.code, through(exchange.proxy));
    case 'noTunnel':
      return noTunnel(exchange, service);
  }
}

function noTunnel({ httpStatus, code, proxy }: Extract<Exchange, { kind: 'noTunnel' }>, service: Service): Fault {
  const { variable } = proxy;
  const who = `The ${proxyName(proxy)}`;
  const wanted = `the way to the ${service.name} at ${service.host}`;
  if (httpStatus === null) {
    const { message, remedy } = brokenOff(who, variable, code, ` when ${wanted} was requested`);
    return {
      message,
      remedy: remedy ?? `Set ${variable}, open the way to the proxy, or name ${service.host} in NO_PROXY`,
    };
  }
  const said = `${who} answered ${httpStatus} instead of opening ${wanted}`;
  return httpStatus === 407
    ? {
        message: `${said}: does ${variable} hold the proxy's user name and password?`,
        remedy: `Set ${variable} to http://USER:PASSWORD@HOST:PORT, each of them percent-encoded`,
      }
    : {
        message: `${said}: does it let this machine through?`,
        remedy: `Have the proxy let this machine through to ${service.host}, or name that in NO_PROXY`,
      };
}

function brokenOff(who: string, variable: string, code: string | null, circumstances: string): Fault {
  const because = code === null ? '' : ` (${code})`;
  const certificate = code === null ? null : certificateFault(code, variable);
  const protocol = code === null ? null : protocolFault(code, variable);
  if (protocol !== null) return { message: `${who} ${protocol.fault}${because}${circumstances}: ${protocol.question}` };
  return certificate === null
    ? { message: `${who} gave no whole answer${because}${circumstances}: is it reachable, and is ${variable} right?` }
    : {
        message: `${who} showed a certificate ${certificate.fault}${because}${circumstances}: ${certificate.question}`,
        remedy: certificate.remedy,
      };
}

function through(proxy: Proxy | null): string {
  return proxy === null ? '' : ` through the ${proxyName(proxy)}`;
}

/** What listens there speaks another protocol than the URL says. */
function protocolFault(code: string, variable: string): { fault: string; question: string } | null {
  if (code === 'EPROTO')
    return { fault: 'completed no TLS handshake', question: `is https spoken where ${variable} points to?` };
  if (code.startsWith('HPE_'))
    return { fault: 'gave an answer that is no HTTP', question: `is http spoken where ${variable} points to?` };
  return null;
}

const UNKNOWN_ISSUER = [
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];
const OUT_OF_DATE = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];
const OTHER_HOST = ['ERR_TLS_CERT_ALTNAME_FORMAT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'];
/** The rest of what OpenSSL finds wrong with a certificate, by the names that Node gives it. */
const UNFIT = [
  'CERT_CHAIN_TOO_LONG',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CRL_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_SIGNATURE_FAILURE',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CRL_LAST_UPDATE_FIELD',
  'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNSPECIFIED',
];

function certificateFault(code: string, variable: string): { fault: string; question: string; remedy: string } | null {
  if (UNKNOWN_ISSUER.includes(code))
    return {
      fault: 'from an issuer that is not trusted here',
      question: "does NODE_EXTRA_CA_CERTS name the issuer's certificate?",
      remedy: "Name a file with the issuer's certificate, as PEM, in NODE_EXTRA_CA_CERTS, and start again",
    };
  if (OUT_OF_DATE.includes(code))
    return {
      fault: 'that is out of date',
      question: "is this machine's clock right?",
      remedy: "Have the certificate renewed, or set this machine's clock",
    };
  if (OTHER_HOST.includes(code))
    return {
      fault: 'of another host',
      question: `is ${variable} right?`,
      remedy: `Set ${variable} to a host that the certificate is for`,
    };
  if (UNFIT.includes(code))
    return {
      fault: 'that is not accepted',
      question: `is ${variable} right?`,
      remedy: `Set ${variable}, or have the certificate replaced`,
    };
  return null;
}
