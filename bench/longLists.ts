import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { parseTask } from '../domain/cancellation/task';
import { AnswerBodies } from '../vmc/api/answerBody';
import { classifyList } from '../vmc/api/classification';
import { figure, markdownTable } from './kit/markdownTable';
import { machineName } from './kit/machine';

/**
 * How long a list of tasks blocks the event loop: as the client reads it, beside the same text in
 * one piece (JSON.parse with a reviver that blanks secrets, then two schemas an item).
 */
const ORG_ID = 'bench-org';
const SECRETS = ['bench-access-token-of-the-usual-length', 'bench-api-token', 'bench-api-token-encoded'];
const ROUNDS = 3;
/** Long enough for the delay of what went before to be counted. */
const SETTLE_MS = 100;

/** With the fields, and about the size, of a real one. */
function task(index: number): object {
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return {
    ...{ id, status: 'STARTED', sub_status: 'POD_DELETE_CLUSTER', task_type: 'SDDC-DELETE', org_id: ORG_ID },
    ...{ user_id: id, user_name: 'bench@example.com', updated_by_user_id: id, version: 3, resource_id: id },
    ...{ created: '2026-01-01T00:00:00.000Z', updated: '2026-01-01T00:00:00.000Z', end_time: null, retries: 0 },
    ...{ error_message: null, localized_error_message: null, customer_error_message: null, service_errors: [] },
    ...{ progress_percent: 4, estimated_remaining_minutes: 12, correlation_id: id, resource_type: 'deployment' },
    task_progress_phases: [{ id: 'prepare', name: 'Prepare', progress_percent: 10 }],
    params: { config: '{"with":"escapes"}', text: 'x'.repeat(400) },
  };
}

const MEGABYTE = 1_000_000;
const LISTS: Record<string, () => string> = {
  '26 MB of tasks': () => JSON.stringify(Array.from({ length: 21_500 }, (_, index) => task(index))),
  '7 MB of tasks, about what shared reads take': () =>
    JSON.stringify(Array.from({ length: 5_800 }, (_, index) => task(index))),
  '1 MB of {}': () => `[${'{},'.repeat(MEGABYTE / 3)}{}]`,
  '1 MB of numbers': () => `[${'1,'.repeat(MEGABYTE / 2)}1]`,
  '8 MB of brackets': () => '['.repeat(4 * MEGABYTE) + ']'.repeat(4 * MEGABYTE),
};

async function asShipped(text: string): Promise<void> {
  const body = await new AnswerBodies().parse(text, { secrets: SECRETS, signal: new AbortController().signal });
  const exchange = { kind: 'answered', httpStatus: 200, retryAfter: null, date: null, body } as const;
  await classifyList(exchange, ORG_ID, { host: 'bench', nowMs: 0 });
}

const ownerSchema = z.object({ org_id: z.string() });

function inOnePiece(text: string): void {
  try {
    const items = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' ? SECRETS.reduce((rest, secret) => rest.replaceAll(secret, ''), value) : value,
    ) as unknown[];
    items.filter((item) => (ownerSchema.safeParse(item).data?.org_id ?? ORG_ID) === ORG_ID).map(parseTask);
  } catch {
    // Nested too deeply for a reviver.
  }
}

async function longestBlockMs(read: (text: string) => unknown, text: string): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await setTimeout(SETTLE_MS);
  delay.enable();
  await setTimeout(SETTLE_MS);
  await read(text);
  await setTimeout(SETTLE_MS);
  delay.disable();
  return delay.max / 1e6;
}

async function main(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, list] of Object.entries(LISTS)) {
    // As it comes off the wire: one flat text.
    const text = Buffer.from(list()).toString();
    const shipped: number[] = [];
    const whole: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      shipped.push(await longestBlockMs(asShipped, text));
      whole.push(await longestBlockMs(inOnePiece, text));
    }
    const [ours, others] = [Math.min(...shipped), Math.min(...whole)];
    rows.push([name, figure(ours, ' ms'), figure(others, ' ms'), figure(others / ours)]);
  }
  console.log(`Longest block of the event loop, the best of ${ROUNDS} rounds each, on ${machineName()}\n`);
  console.log(markdownTable(['List', 'in slices', 'in one piece', 'ratio'], rows));
}

void main();
