import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowBundle } from '../worker/bundle';
import { machineName } from './kit/machine';
import { figure, markdownTable } from './kit/markdownTable';
import { median } from './kit/quantile';

/**
 * What it costs a worker to replay a run that it has not in its cache, with the stack traces of
 * promises as short as the workflow makes them and as long as V8 does: one recorded run again and
 * again, in turn.
 */

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '100' }, rounds: { type: 'string', default: '5' } },
});

const RECORDED = path.join(__dirname, '..', 'test', 'histories', 'default-pace-without-estimate.json');
const LIMIT = /Error\.stackTraceLimit = \d+/;

/** As far as it is looked at. */
interface History {
  events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const history = JSON.parse(readFileSync(RECORDED, 'utf8')) as History;
  const bundle = await workflowBundle();
  if (!('code' in bundle) || !LIMIT.test(bundle.code)) throw new Error('the bundle sets no limit to its stack traces');
  const ways = [
    { title: 'as it is', code: bundle.code },
    { title: "stack traces of V8's ten frames", code: bundle.code.replace(LIMIT, 'Error.stackTraceLimit = 10') },
  ];
  const cpuMs = ways.map((): number[] => []);
  for (let round = 0; round < Number(flags.rounds); round += 1)
    for (const [index, { code }] of ways.entries()) {
      // What a worker costs to begin with goes off.
      const beginningMs = await replayed(code, history, 1);
      const runs = Number(flags.runs);
      cpuMs[index]?.push(((await replayed(code, history, runs)) - beginningMs) / (runs - 1));
    }
  const medians = cpuMs.map(median);
  const activities = history.events.map((event) => event.activityTaskScheduledEventAttributes?.activityType.name);
  const reads = activities.filter((name) => name === 'getTaskStatus').length;
  console.log(`a run with ${reads} reads, ${flags.runs} times in ${flags.rounds} rounds; ${machineName()}\n`);
  console.log(
    markdownTable(
      ['replay', 'CPU a run, ms', 'ratio'],
      ways.map(({ title }, index) => {
        const ms = medians[index] ?? NaN;
        return [title, figure(ms), `${(ms / (medians[0] ?? NaN)).toFixed(2)}×`];
      }),
    ),
  );
}

async function replayed(code: string, history: History, runs: number): Promise<number> {
  const before = process.cpuUsage();
  const histories = Array.from({ length: runs }, (_, run) => ({ workflowId: `run-${run}`, history }));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories))
    if (error !== undefined) throw error;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

void main();
