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

/** @throws the file system's own error, or one that names the line that is none of a state file */
export function openStateFile(path: string): StateFile {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const changes = lines.flatMap((line, index) => (line === '' ? [] : [changeIn(line, `${path}:${index + 1}`)]));
  const file = openSync(path, 'a', 0o600);
  return {
    changes,
    record: (change) => writeSync(file, `${JSON.stringify(change)}\n`),
    close: () => {
      closeSync(file);
    },
  };
}

function changeIn(line: string, place: string): Change {
  try {
    return JSON.parse(line) as Change;
  } catch {
    throw new Error(`${place} is no line of a state file: name another file, or remove this one`);
  }
}
