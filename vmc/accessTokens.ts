import type { Failed } from '../domain/answers';
import { SECOND_MS } from '../domain/duration';
import { timeLimitRanOut, unlessAborted, withinLimits } from './callLimits';
import type { SignInAnswer } from './classification';
import { classifyNoSignIn } from './classification';
import type { Secret } from './credentials';
import type { SignInService } from './signIn';
import { signIn } from './signIn';

export type TokenAnswer = { kind: 'token'; accessToken: string } | Failed;

/** One sign-in serves many callers, so it has a time limit of its own: a caller who cannot wait that long leaves it to the others. */
const SIGN_IN_TIME_LIMIT_MS = 15 * SECOND_MS;

/** A token that may expire on the way is not sent: the last minute of its life, or the last quarter if that is shorter. */
const MARGIN_SECONDS = 60;
const MARGIN_SHARE = 0.25;

interface Entry {
  token: { value: string; usableUntilMs: number } | null;
  signIn: Promise<SignInAnswer> | null;
}

/** Access tokens, one for each secret, shared by all calls that present it. */
export class AccessTokens {
  /** By secret, so that a changed one begins with nothing. */
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly service: SignInService) {}

  /**
   * The token that is kept for a secret, or else that of a sign-in, which all who ask meanwhile share.
   * @param rejected a token that the API has just refused, if it has: it is forgotten, unless another call has replaced it already.
   */
  async get(secret: Secret, rejected: string | null, signal: AbortSignal): Promise<TokenAnswer> {
    const entry = this.entryOf(secret);
    if (entry.token?.value === rejected) entry.token = null;
    const kept = this.usableTokenOf(entry);
    if (kept !== null) return { kind: 'token', accessToken: kept };
    entry.signIn ??= this.renew(entry, secret);
    const answer = await unlessAborted(entry.signIn, signal);
    const { url, transport } = this.service;
    if (timeLimitRanOut(signal) || answer === null)
      return classifyNoSignIn({ kind: 'timedOut', proxy: transport.proxy }, new URL(url).host);
    return answer.kind === 'failed' ? answer : { kind: 'token', accessToken: answer.accessToken };
  }

  private async renew(entry: Entry, secret: Secret): Promise<SignInAnswer> {
    const askedAtMs = this.service.now();
    const limits = { signal: new AbortController().signal, timeLimitMs: SIGN_IN_TIME_LIMIT_MS };
    try {
      const answer = await withinLimits(limits, (signal) => signIn(this.service, secret, signal));
      if (answer.kind === 'signedIn') {
        const marginSeconds = Math.min(MARGIN_SECONDS, MARGIN_SHARE * answer.expiresInSeconds);
        const usableUntilMs = askedAtMs + (answer.expiresInSeconds - marginSeconds) * SECOND_MS;
        entry.token = { value: answer.accessToken, usableUntilMs };
      }
      return answer;
    } finally {
      entry.signIn = null;
    }
  }

  private entryOf(secret: Secret): Entry {
    const key = JSON.stringify(secret);
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    this.forgetUnused();
    const entry: Entry = { token: null, signIn: null };
    this.entries.set(key, entry);
    return entry;
  }

  /** Rotated secrets leave entries behind. */
  private forgetUnused(): void {
    for (const [key, entry] of this.entries)
      if (entry.signIn === null && this.usableTokenOf(entry) === null) this.entries.delete(key);
  }

  private usableTokenOf({ token }: Entry): string | null {
    return token !== null && this.service.now() < token.usableUntilMs ? token.value : null;
  }
}
