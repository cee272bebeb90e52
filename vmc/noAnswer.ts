import type { Proxy } from './proxy';
import { proxyName } from './proxy';
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

/** Why a service did not answer, for people. Of a proxy's address neither user nor password. */
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
    return {
      ...brokenOff(who, variable, code, ` when asked for ${wanted}`),
      remedy: `Set ${variable}, open the way to the proxy, or name ${service.host} in NO_PROXY`,
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
  return {
    message: `${who} gave no whole answer${because}${circumstances}: is it reachable, and is ${variable} right?`,
  };
}

function through(proxy: Proxy | null): string {
  return proxy === null ? '' : ` through the ${proxyName(proxy)}`;
}
