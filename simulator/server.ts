import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import express from 'express';
import { gatewayError } from './answer';
import { createApi } from './api';
import { createControls } from './controls';
import { createSignInRoutes } from './signInRoutes';
import { createSimulation } from './simulation';
import { openStateFile } from './stateFile';

export interface SimulatorOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** The clock, in ms since the epoch: all that happens to tasks and tokens follows it. */
  now?: () => number;
  /** Keeps tasks, calls, settings and access tokens over a restart. */
  stateFile?: string;
}

export interface Simulator {
  /** Of the whole, for `/_simulator`. */
  url: string;
  /** For `VMC_API_URL`. */
  apiUrl: string;
  /** For `VMC_CSP_URL`. */
  cspUrl: string;
  /** Ends every connection, the ones in use as well. */
  close: () => Promise<void>;
}

const notFound: RequestHandler = (_request, response) => {
  response.status(404).json(gatewayError(404, 'Not Found').body);
};

/** Express reports a bad request by a `status` on the error; any other error is a bug here. */
const failed: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (response.headersSent) next(error);
  else response.status(status).json(gatewayError(status, error instanceof Error ? error.message : String(error)).body);
};

/** @throws the server's own error, with its `code`, where it cannot listen */
export async function startSimulator({ host, port, now = Date.now, stateFile }: SimulatorOptions): Promise<Simulator> {
  const state = stateFile === undefined ? null : openStateFile(stateFile);
  const simulation = createSimulation(now, state);
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .use('/vmc/api', createApi(simulation))
    .use('/csp/gateway/am/api/auth', createSignInRoutes(simulation))
    .use('/_simulator', createControls(simulation))
    .use(notFound)
    .use(failed);
  const server = createServer(app).listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`;
  return {
    url,
    apiUrl: `${url}/vmc/api`,
    cspUrl: url,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      state?.close();
    },
  };
}
