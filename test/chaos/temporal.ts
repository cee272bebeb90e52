import type { Uptime } from './processes';

/** The Temporal that a campaign runs on, killed and started again where it was. */
export interface Temporal {
  /** Human-readable. */
  readonly name: string;
  readonly address: string;
  /** When it was in working order. */
  readonly uptime: Uptime;
  /** How often it ended though nobody had ended it. */
  readonly endedByItself: number;
  /** Null where it is no process of its own. */
  readonly database: Killable | null;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Leaves nothing behind. */
  end(): Promise<void>;
}

export interface Killable {
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Operators pause runs, and cancellations of seconds are to continue as new, too. */
export const DYNAMIC_CONFIG = {
  'frontend.WorkflowPauseEnabled': true,
  'limit.historyCount.suggestContinueAsNew': 60,
};
