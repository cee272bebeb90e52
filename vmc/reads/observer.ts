/**
 * Why a list was unusable: it failed, took too long, or contradicts itself or an individual read.
 */
export const OPEN_REASONS = ['refused', 'slow', 'wrong'] as const;
export type OpenReason = (typeof OPEN_REASONS)[number];

/** Receives what operators watch in metrics and in the log. */
export interface ReadsObserver {
  /** A read returned the task. */
  answered(by: 'list' | 'single'): void;
  /** A list was requested. */
  listed(): void;
  /** No list of the organization is requested for this long: its reads are individual. */
  opened(orgId: string, reason: OpenReason, coolDownMs: number): void;
  closed(orgId: string, reason: OpenReason): void;
  /** No scheduled read of the organization is sent for this long. */
  paused(orgId: string, lengthMs: number): void;
}
