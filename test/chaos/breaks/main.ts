import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { markdownTable } from '../../../bench/kit/markdownTable';
import type { Caught } from './detectors';
import { byCampaigns, byModel } from './detectors';
import type { Break } from './patches';
import { allBreaks, apply, takeBack, whyNotApplicable } from './patches';

/**
 * Breaks a copy of the product in one way after another, and has the model and campaigns find it
 * out. Without a break both must pass: otherwise they would prove nothing.
 */

const ROOT = path.join(__dirname, '..', '..', '..');
/** Not copied: the first are linked, the others not needed. */
const LINKED = ['node_modules', '.cache'];
const LEFT_OUT = [...LINKED, '.git', 'dist', 'coverage'];
const EXIT_FAILED = 1;

function copyOfSources(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmc-cancel-breaks-'));
  cpSync(ROOT, folder, { recursive: true, filter: (file) => !LEFT_OUT.includes(path.relative(ROOT, file)) });
  mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
  for (const name of LINKED) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  return folder;
}

interface Row {
  name: string;
  came: Caught | string;
}

async function tried(one: Break, folder: string): Promise<Row> {
  const { name } = one;
  const why = whyNotApplicable(one, folder);
  if (why !== null) return { name, came: `its patch no longer applies: ${why.split('\n')[0] ?? ''}` };
  apply(one, folder);
  const caught = (await byModel(folder)) ?? (await byCampaigns(folder));
  takeBack(one, folder);
  return { name, came: caught ?? 'not caught' };
}

function table(rows: readonly Row[]): string {
  return markdownTable(
    ['Break', 'Caught by', 'After cancellations'],
    rows.map(({ name, came }) =>
      typeof came === 'string' ? [name, came, ''] : [name, came.by, String(came.afterCancellations)],
    ),
  );
}

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const breaks = allBreaks().filter(({ name }) => names.length === 0 || names.includes(name));
  const folder = copyOfSources();
  process.once('exit', () => {
    rmSync(folder, { recursive: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_FAILED));
  const without = (await byModel(folder)) ?? (await byCampaigns(folder));
  if (without !== null) {
    console.log(`Without a break, ${without.by} after ${without.afterCancellations} cancellations`);
    process.exitCode = EXIT_FAILED;
    return;
  }
  const rows: Row[] = [];
  for (const one of breaks) {
    rows.push(await tried(one, folder));
    console.error(`${one.name}: ${one.breaks}`);
  }
  console.log(table(rows));
  if (rows.some(({ came }) => typeof came === 'string')) process.exitCode = EXIT_FAILED;
}

void main();
