import type { Credential } from '../../../vmc/signIn/credentials';

/** In every credential of a run, and in nothing else: what is found of it was leaked. */
export const CANARY = 'canary-of-malformed-4711';

export const ACCESS_TOKEN = `${CANARY}-access`;

const API_TOKEN = `${CANARY}-api+/=`;
const CLIENT_ID = 'app';
const CLIENT_SECRET = `${CANARY}-app`;

/** Each has a client for the whole run. */
export const CREDENTIALS = [
  { apiToken: API_TOKEN },
  { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
] as const satisfies readonly Credential[];

/** Of a sign-in whose answer is drawn; the number of the answer follows. */
export const DRAWN_API_TOKEN = `${CANARY}-drawn-`;

/** What an echo of the access token is to a sign-in, which has sent none. */
export const NO_TOKEN = 'none';

/** Which of them the call of this number is made with. */
export function credentialOf(index: number): 0 | 1 {
  return index % 8 < 4 ? 0 : 1;
}

/** The server puts what the client has sent it into their places. */
export const ECHOES = {
  accessToken: '<<ACCESS>>',
  accessTokenEscaped: '<<ACCESS-ESCAPED>>',
  secret: '<<SECRET>>',
  secretOnWire: '<<SECRET-ON-WIRE>>',
} as const;
export type Sent = Record<keyof typeof ECHOES, string>;

/** @param accessToken the one that the request came with */
export function sentBy(index: number, accessToken: string): Sent {
  const byToken = { secret: API_TOKEN, secretOnWire: encodeURIComponent(API_TOKEN) };
  const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
  const accessTokenEscaped = accessToken.replaceAll(/[^]/g, (one) => `\\u${hex4(one.charCodeAt(0))}`);
  return {
    accessToken,
    accessTokenEscaped,
    ...(credentialOf(index) === 0 ? byToken : { secret: CLIENT_SECRET, secretOnWire: basic }),
  };
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0');
}

export function echoed(text: string, sent: Sent): string {
  return Object.entries(ECHOES).reduce(
    (rest, [name, place]) => rest.replaceAll(place, () => sent[name as keyof typeof ECHOES]),
    text,
  );
}
