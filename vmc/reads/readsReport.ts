import type { SingleReason } from './listTrust';

/** Told of what people watch in metrics and in the log. */
export interface ReadsReport {
  /** A read ended with the task. */
  answered(by: 'list' | 'single'): void;
  /** A list was asked for. */
  listed(): void;
  /** The organisation's reads are single from now on, for this long. */
  degraded(orgId: string, reason: SingleReason, coolDownMs: number): void;
  restored(orgId: string, reason: SingleReason): void;
  /** The API asked the organisation's reads to wait. */
  paused(orgId: string, lengthMs: number): void;
}
