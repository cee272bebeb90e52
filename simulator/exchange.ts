import { setTimeout as elapse } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Answer } from './answer';
import type { Operation } from './calls';
import type { Simulation } from './simulation';

/** The parameters of every route that is simulated. */
export interface RouteIds {
  org?: string;
  task?: string;
}

export type Handle<Ids extends RouteIds> = (request: Request<Ids>) => Answer | Promise<Answer>;

function send(response: Response, { status, headers = {}, body }: Answer): void {
  response.statusCode = status;
  if (body !== undefined)
    response.setHeader('content-type', typeof body === 'string' ? 'text/plain' : 'application/json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
}

/** False if the client hung up meanwhile, or the server was closed. */
async function stillListening(response: Response, afterMs: number): Promise<boolean> {
  if (afterMs > 0 && !response.destroyed) {
    const gone = new AbortController();
    const hangUp = (): void => {
      gone.abort();
    };
    response.once('close', hangUp);
    await elapse(afterMs, undefined, { signal: gone.signal }).catch(() => undefined);
    response.off('close', hangUp);
  }
  return !response.destroyed;
}

/**
 * One call: it is logged, meets its fault, is handled and then answered. A fault's answer or drop
 * replaces the handling. A delay only slows the answer: the call takes effect on arrival, also
 * where the caller left during the delay.
 */
export function exchange<Ids extends RouteIds>(
  simulation: Simulation,
  operation: Operation,
  handle: Handle<Ids>,
): RequestHandler<Ids> {
  return async (request, response) => {
    const taskId = request.params.task ?? null;
    const call = simulation.calls.arrived({
      at: new Date(simulation.now()).toISOString(),
      operation,
      method: request.method,
      path: operation === 'authorize' ? request.baseUrl + request.path : request.originalUrl,
      orgId: request.params.org ?? null,
      taskId,
      status: null,
    });
    const { delayMs, effect } = simulation.faults.take(operation, taskId);
    const answer = effect.kind === 'none' ? await handle(request) : effect.kind === 'answer' ? effect.answer : null;
    if (!(await stillListening(response, simulation.settings.latencyMs + delayMs))) return;
    if (answer === null) {
      request.socket.destroy();
      return;
    }
    simulation.calls.answered(call, answer.status);
    send(response, answer);
  };
}
