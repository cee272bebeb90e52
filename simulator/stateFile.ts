import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Call } from './calls';
import type { Settings } from './settings';
import type { StoredTask } from './tasks';

/** What a restart keeps, one a line. Of a task and of a call, the last one holds. */
export type Change =
  | { kind: 'task'; task: StoredTask }
  | { kind: 'call'; index: number; call: Call }
  | { kind: 'accessToken'; token: string; expiresAtMs: number }
  | { kind: 'settings'; settings: Settings }
  | { kind: 'reset' };

export interface StateFile {
  /** Of the processes before this one. */
  changes: readonly Change[];
  /** Returns when a kill of this process can no longer undo it. */
  record: (change: Change) => void;
  close: () => void;
}

/** @throws the file system's own error */
export function openStateFile(path: string): StateFile {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const changes = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Change);
  const file = openSync(path, 'a', 0o600);
  return {
    changes,
    record: (change) => writeSync(file, `${JSON.stringify(change)}\n`),
    close: () => {
      closeSync(file);
    },
  };
}
