import { randomBytes } from 'node:crypto';

/** The access tokens issued so far and when each expires. Like the real, signed ones they cannot be taken back. */
export class AccessTokens {
  readonly #expiresAtMs = new Map<string, number>();

  issue(ttlSeconds: number, nowMs: number): string {
    this.#forgetExpired(nowMs);
    const token = randomBytes(32).toString('base64url');
    this.#expiresAtMs.set(token, nowMs + ttlSeconds * 1_000);
    return token;
  }

  isValid(token: string, nowMs: number): boolean {
    return nowMs < (this.#expiresAtMs.get(token) ?? -Infinity);
  }

  #forgetExpired(nowMs: number): void {
    for (const [token, expiresAtMs] of this.#expiresAtMs) if (expiresAtMs <= nowMs) this.#expiresAtMs.delete(token);
  }
}
