import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import { workflowBundle } from '../../worker/bundle';
import type { Evidence } from '../model/evidence';
import { campaign } from './campaign';
import { Cluster } from './cluster';
import { saveHistories } from './gather';
import { planned } from './plan';
import { hasFailed, report, suspects } from './report';
import { skippedCampaign } from './skipped/campaign';
import { skippedPlan } from './skipped/plan';
import { skippedReport } from './skipped/report';

const USAGE = `npm run chaos -- [options]

Cancels tasks on a real Temporal with real workers while a schedule of faults goes on,
and holds every verdict against the simulated API's own state and log of calls.

  --cancellations N   how many (500)
  --seed N            draws tasks, operators and faults (1)
  --duration S        seconds within which starts and faults begin (0.35 for each cancellation, 45 at least)
  --cluster           on the server and PostgreSQL of docker-compose.yml, which are killed too (needs Docker Compose)
  --keep              keeps logs and evidence of a campaign that passed, too
  --skipped-time      on a Temporal that skips time: days of tasks and outages, without the faults of processes

It ends with 1 if a verdict is wrong, lost or over its budget of cancels. The seed repeats the
tasks and the schedule; the order of what runs at once is the machine's.`;

/** Beyond its duration: the longest cancellations, what faults add, and the evidence. */
const LIMIT_MS = 10 * MINUTE_MS;
/** They take about half a second each on two cores with nothing else to do. */
const SKIPPED_CANCELLATION_LIMIT_MS = 5 * SECOND_MS;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Options {
  cancellations: number;
  seed: number;
  durationSeconds: number | null;
  onPostgres: boolean;
  keep: boolean;
  skippedTime: boolean;
}

function options(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cancellations: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      duration: { type: 'string' },
      cluster: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'skipped-time': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const skippedTime = values['skipped-time'];
  if (skippedTime && (values.cluster || values.duration !== undefined))
    throw new Error('--cluster and --duration are of real time');
  return {
    cancellations: positive(values.cancellations),
    seed: positive(values.seed),
    durationSeconds: values.duration === undefined ? null : positive(values.duration),
    onPostgres: values.cluster,
    keep: values.keep,
    skippedTime,
  };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number <= 0) throw new Error(`${text} must be a whole number above 0`);
  return number;
}

/** @returns whether it passed */
async function run({ cancellations, seed, durationSeconds, onPostgres, keep }: Options): Promise<boolean> {
  // Its processes end with it, however it ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_FAILED));
  const beganAtMs = Date.now();
  const lastsMs = durationSeconds && durationSeconds * SECOND_MS;
  const plan = planned({ seed, cancellations, lastsMs, hasDatabase: onPostgres });
  const cluster = await Cluster.start({ onPostgres });
  const { folder } = cluster;
  const outcome = await endingWithin(plan.lastsMs + LIMIT_MS, folder, () => campaign(cluster, plan));
  const failed = hasFailed(outcome);
  const text = report(plan, outcome, cluster, Date.now() - beganAtMs);
  console.log(text);
  const { evidence, findings } = outcome;
  const ids = [...suspects(findings), ...findings.late].map(({ workflowId }) => workflowId);
  await saveHistories(cluster, [...new Set(ids)], path.join(folder, 'histories'));
  await cluster.end();
  if (!failed && !keep) {
    rmSync(folder, { recursive: true });
    return true;
  }
  const duration = durationSeconds === null ? '' : ` --duration ${durationSeconds}`;
  const again = `${onPostgres ? '--cluster ' : ''}--cancellations ${cancellations} --seed ${seed}${duration}`;
  keepEvidence(folder, text, evidence, failed ? again : null);
  console.log(`           and schedule.log, and the logs of all processes`);
  return !failed;
}

/** @returns whether it passed */
async function runSkipped({ cancellations, seed, keep }: Options): Promise<boolean> {
  const beganAtMs = Date.now();
  const plan = skippedPlan({ seed, cancellations });
  const folder = mkdtempSync(path.join(tmpdir(), 'vmc-cancel-chaos-'));
  const bundle = await workflowBundle();
  const limitMs = LIMIT_MS + cancellations * SKIPPED_CANCELLATION_LIMIT_MS;
  const outcome = await endingWithin(limitMs, folder, () =>
    skippedCampaign(plan, bundle, path.join(folder, 'histories')),
  );
  const failed = suspects(outcome.findings).length + outcome.findings.open > 0;
  const text = skippedReport(seed, outcome, Date.now() - beganAtMs);
  console.log(text);
  if (!failed && !keep) rmSync(folder, { recursive: true });
  else {
    const again = failed ? `--skipped-time --cancellations ${cancellations} --seed ${seed}` : null;
    keepEvidence(folder, text, outcome.evidence, again);
  }
  return !failed;
}

/** What hangs ends the process, and fails. */
async function endingWithin<T>(limitMs: number, folder: string, work: () => Promise<T>): Promise<T> {
  const watchdog = setTimeout(() => {
    console.error(`It has not come to its end in time. Logs: ${folder}`);
    process.exit(EXIT_FAILED);
  }, limitMs);
  const outcome = await work();
  clearTimeout(watchdog);
  return outcome;
}

function keepEvidence(folder: string, text: string, evidence: Evidence, again: string | null): void {
  writeFileSync(path.join(folder, 'report.txt'), text);
  writeFileSync(path.join(folder, 'evidence.json'), JSON.stringify(evidence, null, 1));
  if (again !== null) console.log(`\nagain      npm run chaos -- ${again}`);
  console.log(`evidence   ${folder}: report.txt, evidence.json, histories/`);
}

async function main(): Promise<void> {
  let wanted: Options | null;
  try {
    wanted = options(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  if (wanted === null) console.log(USAGE);
  else process.exitCode = (await (wanted.skippedTime ? runSkipped(wanted) : run(wanted))) ? 0 : EXIT_FAILED;
}

void main();
