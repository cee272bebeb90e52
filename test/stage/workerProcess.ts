import { built } from '../environment/build';
import type { Environment } from './childProcess';
import { ChildProcess } from './childProcess';

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** The compiled worker. */
export class WorkerProcess extends ChildProcess {
  constructor(environment: Environment) {
    super([process.execPath, built('worker/main.js')], environment);
  }

  /** What it logged so far, whole lines only. */
  get log(): LogLine[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogLine]));
  }

  /** The first such line. */
  async logged(msg: string): Promise<LogLine> {
    const found = () => this.log.find((line) => line.msg.includes(msg));
    await this.until(`"${msg}" in its log`, () => found() !== undefined);
    const line = found();
    if (line === undefined) throw new Error('a line of the log is gone');
    return line;
  }
}
