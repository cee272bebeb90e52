import { text } from 'node:stream/consumers';
import type { Request } from 'express';
import { Router } from 'express';
import type { Handle, RouteIds } from './exchange';
import { exchange } from './exchange';
import type { SignIn } from './signIn';
import { signInWithApiToken, signInWithClientCredentials } from './signIn';
import type { Simulation } from './simulation';

/** The sign-in service, to be mounted under `/csp/gateway/am/api/auth`. */
export function createSignInRoutes(simulation: Simulation): Router {
  const signIn = async (request: Request<RouteIds>): Promise<SignIn> => {
    const isForm = Boolean(request.is('application/x-www-form-urlencoded'));
    const [, query = ''] = /\?(.*)$/s.exec(request.originalUrl) ?? [];
    const parameters = new URLSearchParams(isForm ? await text(request) : '');
    for (const [name, value] of new URLSearchParams(query)) parameters.append(name, value);
    return {
      settings: simulation.settings,
      accessTokens: simulation.accessTokens,
      parameters,
      nowMs: simulation.now(),
    };
  };
  const withApiToken: Handle<RouteIds> = async (request) => signInWithApiToken(await signIn(request));
  const withClientCredentials: Handle<RouteIds> = async (request) =>
    signInWithClientCredentials(await signIn(request), request.get('authorization'));

  return Router()
    .post('/api-tokens/authorize', exchange(simulation, 'authorize', withApiToken))
    .post(['/authorize', '/token'], exchange(simulation, 'authorize', withClientCredentials));
}
