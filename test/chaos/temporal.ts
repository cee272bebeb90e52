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

/** So few that cancellations of seconds continue as new, too. */
export const EVENTS_A_RUN = 60;
