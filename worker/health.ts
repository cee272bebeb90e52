import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { HostAndPort } from '../domain/settings/hostAndPort';
import { StartError } from './startError';

/** The state that the health endpoints report. */
export interface Vitals {
  /** Why no task would be taken now, or null when the worker polls. Does not reject. */
  notReady: () => Promise<string | null>;
  /** Where the SDK serves its metrics; null while it has none. */
  metricsUrl: () => URL | null;
  /** Those beside the SDK's, in the text format of Prometheus. */
  ownMetrics: () => Promise<string>;
}

const SCRAPE_TIMEOUT_MS = 5_000;

/**
 * Serves `/healthz` (the process lives), `/readyz` (it takes tasks) and `/metrics` (Prometheus, the
 * SDK's and ours).
 *
 * @returns the address that it listens on: port 0 picks one.
 * @throws StartError when the address cannot be had.
 */
export async function serveHealth({ host, port }: HostAndPort, vitals: Vitals): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET\n');
    else if (path === '/healthz') answer(response, 200, 'ok\n');
    else if (path === '/readyz') void answerReadiness(response, vitals);
    else if (path === '/metrics') void answerMetrics(response, vitals);
    else answer(response, 404, 'There are /healthz, /readyz and /metrics\n');
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new StartError(
      `Cannot listen on ${host}:${port} (${codeOf(error)}): free it, or set VMC_CANCEL_HTTP_ADDRESS to another host:port`,
    );
  }
  const address = server.address();
  return address !== null && typeof address === 'object' ? `${host}:${address.port}` : `${host}:${port}`;
}

async function answerReadiness(response: ServerResponse, vitals: Vitals): Promise<void> {
  const notReady = await vitals.notReady();
  if (notReady === null) answer(response, 200, 'ready\n');
  else answer(response, 503, `${notReady}\n`);
}

async function answerMetrics(response: ServerResponse, vitals: Vitals): Promise<void> {
  const metricsUrl = vitals.metricsUrl();
  if (metricsUrl === null) {
    answer(response, 503, 'no metrics yet\n');
    return;
  }
  try {
    const scraped = await fetch(metricsUrl, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS) });
    const text = `${await scraped.text()}${await vitals.ownMetrics()}`;
    answer(response, scraped.status, text, scraped.headers.get('content-type') ?? undefined);
  } catch {
    answer(response, 503, 'no metrics now\n');
  }
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType }).end(text);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
