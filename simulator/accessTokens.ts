import { randomBytes } from 'node:crypto';

/** Issued access tokens and their expiry. Like the real, signed ones they cannot be revoked. */
export class AccessTokens {
  readonly #expiresAtMs = new Map<string, number>();

  constructor(private readonly onIssue: (token: string, expiresAtMs: number) => void) {}

  issue(ttlSeconds: number, nowMs: number): string {
    this.#forgetExpired(nowMs);
    const token = randomBytes(32).toString('base64url');
    const expiresAtMs = nowMs + ttlSeconds * 1_000;
    this.restore(token, expiresAtMs);
    this.onIssue(token, expiresAtMs);
    return token;
  }

  restore(token: string, expiresAtMs: number): void {
    this.#expiresAtMs.set(token, expiresAtMs);
  }

  isValid(token: string, nowMs: number): boolean {
    return nowMs < (this.#expiresAtMs.get(token) ?? -Infinity);
  }

  #forgetExpired(nowMs: number): void {
    for (const [token, expiresAtMs] of this.#expiresAtMs) if (expiresAtMs <= nowMs) this.#expiresAtMs.delete(token);
  }
}
