import { spawn } from 'node:child_process';
import path from 'node:path';
import { MINUTE_MS } from '../../../domain/contract/duration';

/** What caught a break. */
export interface Caught {
  by: string;
  afterCancellations: number;
}

/** @returns null: it was not caught by the sources in this folder */
export type Detector = (folder: string) => Promise<Caught | null>;

const LIMIT_MS = 8 * MINUTE_MS;

interface Ended {
  code: number | null;
  output: string;
}

async function run(folder: string, command: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, command, { cwd: folder, timeout: LIMIT_MS });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

const JEST = path.join('node_modules', 'jest', 'bin', 'jest.js');

/** Random runs of the core against the model of the API. */
export const byModel: Detector = async (folder) => {
  const { code, output } = await run(folder, [JEST, '--config', 'jest.model.config.js']);
  return caughtByModel(code === 0, output);
};

/** @throws Error where the test failed without an objection of the model */
export function caughtByModel(passed: boolean, output: string): Caught | null {
  if (passed) return null;
  const [, runs] = /Property failed after (\d+) tests?/.exec(output) ?? [];
  if (runs === undefined) throw new Error(`the model did not run:\n${output.slice(-LOG_END)}`);
  return { by: 'model', afterCancellations: Number(runs) };
}

const LOG_END = 2_000;
const CANCELLATIONS = 60;
const SEEDS = [1, 2, 3];

/** One campaign in skipped time after another, until one has failed. */
export const byCampaigns: Detector = async (folder) => {
  for (const [before, seed] of SEEDS.entries()) {
    const options = ['--skipped-time', '--cancellations', String(CANCELLATIONS), '--seed', String(seed)];
    const { code, output } = await run(folder, ['--import', 'tsx', 'test/chaos/main.ts', ...options]);
    const findings = caughtByCampaign(code === 0, output);
    if (findings !== null) return { by: `campaign: ${findings}`, afterCancellations: (before + 1) * CANCELLATIONS };
  }
  return null;
};

/**
 * What it found.
 * @throws Error where the campaign failed without a finding
 */
export function caughtByCampaign(passed: boolean, output: string): string | null {
  if (passed) return null;
  const [counts] = /^started \d+ .*$/m.exec(output) ?? [];
  const found = [...(counts ?? '').matchAll(/(wrong|lost|over budget|leaked|open) ([1-9]\d*)/g)];
  if (found.length === 0) throw new Error(`the campaign did not run:\n${output.slice(-LOG_END)}`);
  return found.map(([finding]) => finding).join(', ');
}
