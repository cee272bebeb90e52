import type { Failed } from '../../domain/contract/answers';
import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import { timedOut, raceAbort, withinLimits } from '../api/callLimits';
import type { SignInAnswer } from '../api/classification';
import { classifyNoSignIn } from '../api/classification';
import type { ApiObserver } from '../api/observer';
import type { Secret } from './credentials';
import type { SignInService } from './signIn';
import { signIn } from './signIn';

export type TokenAnswer = { kind: 'token'; accessToken: string } | Failed;

/**
 * One sign-in serves many callers, so it has a time limit of its own: a caller who cannot wait that
 * long leaves it to the others.
 */
const SIGN_IN_TIME_LIMIT_MS = 15 * SECOND_MS;

/**
 * A token that may expire on the way is not sent: the last minute of its life, or the last quarter
 * if that is shorter.
 */
const MARGIN_SECONDS = 60;
const MARGIN_SHARE = 0.25;

/** How often, at the most, refusals by the API lead to a sign-in with one secret. */
const RENEWAL_INTERVAL_MS = MINUTE_MS;

interface Entry {
  token: { value: string; usableUntilMs: number } | null;
  /** The one under way. */
  signIn: Promise<SignInAnswer> | null;
  /** The last one because the API refused a token. */
  renewal: { beganAtMs: number; answer: Promise<SignInAnswer> } | null;
}

/** Access tokens, one for each secret, shared by all calls that present it. */
export class AccessTokens {
  /** By secret, so that a changed one begins with nothing. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly service: SignInService,
    private readonly observer: Pick<ApiObserver, 'signedIn'> | null,
  ) {}

  /**
   * The token that is kept for a secret, or else that of a sign-in, which all who ask meanwhile
   * share.
   * @param rejected a token that the API has just refused to the caller. The others keep it: an
   * organization that is refused says nothing about theirs. The answer may be that same token, if
   * it is as fresh as can be had.
   */
  async get(secret: Secret, rejected: string | null, signal: AbortSignal): Promise<TokenAnswer> {
    const entry = this.entryOf(secret);
    const kept = this.usableTokenOf(entry);
    if (kept !== null && kept !== rejected) return { kind: 'token', accessToken: kept };
    const signIn = kept === null ? this.signIn(entry, secret) : this.renew(entry, secret);
    const answer = await raceAbort(signIn, signal);
    const { url, transport } = this.service;
    if (timedOut(signal) || answer === null)
      return classifyNoSignIn({ kind: 'timedOut', proxy: transport.proxy }, new URL(url).host);
    if (answer.kind === 'failed') return answer;
    return { kind: 'token', accessToken: this.usableTokenOf(entry) ?? answer.accessToken };
  }

  /** Whoever is refused soon after another shares the other's renewal, and its failure too. */
  private renew(entry: Entry, secret: Secret): Promise<SignInAnswer> {
    if (entry.renewal === null || !this.isRecent(entry.renewal))
      entry.renewal = { beganAtMs: this.service.now(), answer: this.signIn(entry, secret) };
    return entry.renewal.answer;
  }

  private signIn(entry: Entry, secret: Secret): Promise<SignInAnswer> {
    entry.signIn ??= this.present(entry, secret);
    return entry.signIn;
  }

  private async present(entry: Entry, secret: Secret): Promise<SignInAnswer> {
    const askedAtMs = this.service.now();
    const limits = { signal: new AbortController().signal, timeLimitMs: SIGN_IN_TIME_LIMIT_MS };
    try {
      const answer = await withinLimits(limits, (signal) => signIn(this.service, secret, signal));
      this.observer?.signedIn(answer);
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
    const entry: Entry = { token: null, signIn: null, renewal: null };
    this.entries.set(key, entry);
    return entry;
  }

  /** Rotated secrets leave entries behind. */
  private forgetUnused(): void {
    for (const [key, entry] of this.entries)
      if (entry.signIn === null && this.usableTokenOf(entry) === null && !this.isRecent(entry.renewal))
        this.entries.delete(key);
  }

  private usableTokenOf({ token }: Entry): string | null {
    return token !== null && this.service.now() < token.usableUntilMs ? token.value : null;
  }

  /** A clock that was set back delays no sign-in. */
  private isRecent(renewal: Entry['renewal']): boolean {
    if (renewal === null) return false;
    const ageMs = this.service.now() - renewal.beganAtMs;
    return ageMs >= 0 && ageMs < RENEWAL_INTERVAL_MS;
  }
}
