import { once } from 'node:events';
import { constants } from 'node:os';
import type { Colors } from '../../cli/output/colors';
import { colorsFor } from '../../cli/output/colors';
import { SECOND_MS, formatDuration } from '../../domain/contract/duration';
import { cleanEnvironment } from '../../domain/settings/environment';
import { workflowId } from '../../domain/contract/names';
import { waysOn } from './epilogue';
import type { Performance } from './performance';
import { complaintAbout, perform } from './performance';
import type { Scene } from './scenes';
import { CRASH, SCENES, TOGETHER, YOURS } from './scenes';
import type { Screen } from './screen';
import { screenOn } from './screen';
import type { Stage } from './stage';
import { setUpStage } from './stage';
import { verdictTable } from './verdictTable';

export interface ShowOptions {
  /** Stay up until a signal comes, on a terminal or not. */
  keep: boolean;
}

/** A signal ended the demo. */
class Interruption extends Error {
  constructor(readonly exitCode: number) {
    super('interrupted');
  }
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const VERDICTS_TIME_LIMIT_MS = 180 * SECOND_MS;
const EXIT_OK = 0;
const EXIT_FAILED = 1;

/** Plays the whole demo, takes down all that it set up, and returns the exit code. */
export async function show({ keep }: ShowOptions): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const env = cleanEnvironment(process.env);
  const colors = colorsFor(stdout, env);
  const screen = screenOn(stdout, SCENES, colors);
  const takeDowns: (() => Promise<void>)[] = [];
  const stop = new AbortController();
  const stopped = once(stop.signal, 'abort').then(() => Promise.reject(stop.signal.reason as Error));
  stopped.catch(() => undefined);
  onStopSignal((exitCode) => {
    stop.abort(new Interruption(exitCode));
  });

  const played = async () => {
    screen.say(colors.bold('Twelve cancellations of VMware Cloud tasks, from the start to the verdict.\n'));
    const stage = await setUpStage({
      env,
      say: (line) => {
        screen.say(line);
      },
      onSetUp: (takeDown) => takeDowns.push(takeDown),
      onBreakdown: (error) => {
        stop.abort(error);
      },
      signal: stop.signal,
    });
    if (stage.temporalIsGiven) takeDowns.push(() => terminateAll(stage));
    return { stage, performances: await playScenes(stage, screen, stop, colors) };
  };

  try {
    const { stage, performances } = await Promise.race([played(), stopped]);
    screen.end();
    const exitCode = printVerdicts(performances, stage, screen, colors);
    const endsOnEnter = !keep && stdin.isTTY && stdout.isTTY;
    const staysUp = keep || endsOnEnter;
    if (staysUp) await stage.simulator.addTask({ orgId: stage.orgId, taskId: YOURS.name, script: YOURS.script });
    screen.say(waysOn(stage, performances, { staysUp, endsOnEnter }, colors));
    if (staysUp) await Promise.race([interrupted(stopped), ...(endsOnEnter ? [enterOn(stdin)] : [])]);
    return exitCode;
  } catch (error) {
    screen.end();
    if (error instanceof Interruption) {
      screen.say('\nInterrupted: everything is taken down again.');
      return error.exitCode;
    }
    stderr.write(`${colors.red('The demo failed:')} ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_FAILED;
  } finally {
    for (const takeDown of takeDowns.reverse())
      await takeDown().catch((error: unknown) => stderr.write(`while taking down: ${String(error)}\n`));
  }
}

/** After the verdicts, a signal is a normal end. */
async function interrupted(stopped: Promise<never>): Promise<void> {
  await stopped.catch((reason: unknown) => {
    if (!(reason instanceof Interruption)) throw reason;
  });
}

async function playScenes(
  stage: Stage,
  screen: Screen,
  stop: AbortController,
  colors: Colors,
): Promise<readonly Performance[]> {
  const limit = setTimeout(() => {
    stop.abort(new Error(`no verdicts within ${formatDuration(VERDICTS_TIME_LIMIT_MS)}\n${stage.endOfWorkerLog()}`));
  }, VERDICTS_TIME_LIMIT_MS);
  // One signal a scene: Node warns of many listeners on a shared one.
  const performed = (scene: Scene) => perform(scene, stage, screen, AbortSignal.any([stop.signal]));
  screen.say(colors.bold('\nEleven at once. ') + ADVISORY);
  const together = await Promise.all(TOGETHER.map(performed));
  screen.say(colors.bold('\nAnd one more, through a crash. ') + CRASH_STORY);
  const crash = await performed(CRASH);
  clearTimeout(limit);
  return [...together, crash];
}

const ADVISORY = `When the API accepts a cancel, that only means that it was
received. So each task is watched until the API itself has said how it ended.`;

const CRASH_STORY = `All that a worker knows is in Temporal's
history: the next one goes on from there, and sends no second cancel.`;

/** Prints the verdicts, and returns the exit code for them. */
function printVerdicts(performances: readonly Performance[], stage: Stage, screen: Screen, colors: Colors): number {
  screen.say(`\n${verdictTable(performances, colors)}`);
  screen.say(colors.dim('cancels, reads: the calls about the task in the log of the API itself'));
  const complaints = performances.map(complaintAbout).filter((complaint) => complaint !== null);
  if (complaints.length === 0) {
    screen.say(colors.green(`\nAll ${performances.length} verdicts are the expected ones.`));
    return EXIT_OK;
  }
  screen.say(colors.red(`\nNot as expected:\n${complaints.map((complaint) => `  ${complaint}`).join('\n')}`));
  screen.say(stage.endOfWorkerLog());
  return EXIT_FAILED;
}

/** The runs have no worker once the demo ends. */
async function terminateAll(stage: Stage): Promise<void> {
  const all = [...SCENES, YOURS].map(({ name }) => workflowId({ orgId: stage.orgId, taskId: name }));
  // Runs that ended or never began refuse it.
  await Promise.allSettled(all.map((id) => stage.terminate(id)));
}

/**
 * One Ctrl-C may come twice, from the terminal and passed on by npm: only a later one asks for more
 * haste.
 */
const SAME_SIGNAL_MS = 1_000;

function onStopSignal(stop: (exitCode: number) => void): void {
  let firstAtMs: number | null = null;
  for (const signal of STOP_SIGNALS)
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (firstAtMs !== null && Date.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(exitCode);
      firstAtMs ??= Date.now();
      stop(exitCode);
    });
}

async function enterOn(stdin: NodeJS.ReadStream): Promise<void> {
  await Promise.race([once(stdin, 'data'), once(stdin, 'end')]);
}
