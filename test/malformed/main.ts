import { parseArgs } from 'node:util';
import provideBuild from '../environment/build';
import { answersPart, inputsPart, onlyPart } from './parts';
import { report } from './report';

const USAGE = `npm run malformed -- [options]

Answers the client of the API with whatever a server can send, and sends to a worker whatever
anybody can start, update, signal and query: each has to come to a typed outcome, in texts that
are bounded, well-formed and without a secret, and nothing may grow.

  --answers N   how many answers (100000); 0 leaves them out
  --inputs N    how many inputs (20000); 0 leaves them out
  --seed N      draws them (1)
  --only CASE   one alone, as a finding names it: a17 of the answers, i17 of the inputs

It ends with 1 if there is a finding.`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Options {
  answers: number;
  inputs: number;
  seed: number;
  only: string | null;
}

function options(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      answers: { type: 'string', default: '100000' },
      inputs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { only = null } = values;
  if (only !== null && !/^[aif]\d+$/.test(only)) throw new Error(`${only} must be such as a17 or i17`);
  return { answers: whole(values.answers), inputs: whole(values.inputs), seed: whole(values.seed), only };
}

function whole(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new Error(`${text} must be a whole number`);
  return number;
}

/** @returns whether it passed */
async function run({ answers, inputs, seed, only }: Options): Promise<boolean> {
  // Its processes end with it, however it ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_FAILED));
  await provideBuild();
  const parts =
    only === null
      ? [
          ...(answers > 0 ? [await answersPart(seed, answers)] : []),
          ...(inputs > 0 ? [await inputsPart(seed, inputs)] : []),
        ]
      : [await onlyPart(seed, only)];
  console.log(report(seed, parts));
  return parts.every(({ tally }) => tally.findingCount === 0);
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
  else process.exitCode = (await run(wanted)) ? 0 : EXIT_FAILED;
}

void main();
