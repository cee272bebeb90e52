import path from 'node:path';
import type { Environment } from '../stage/childProcess';
import { ChildProcess } from '../stage/childProcess';

export const EXAMPLES = path.join(__dirname, '..', '..', 'docs', 'examples');

/** An example as a reader runs it: a program of its own, configured by its environment alone. */
export function startExample(program: string, args: readonly string[], environment: Environment): ChildProcess {
  return new ChildProcess([program, ...args], environment, { cwd: EXAMPLES });
}
