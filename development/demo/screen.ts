import logUpdate from 'log-update';
import type { Colors } from '../../cli/output/colors';
import type { Glance } from '../../cli/output/glance';
import { shortened } from '../../cli/output/columns';
import { plainText } from '../../domain/text/printedText';
import { formatDuration } from '../../domain/contract/duration';
import type { Scene } from './scenes';

/** Where the demo is seen. */
export interface Screen {
  /** A line that stays. */
  say(line: string): void;
  saw(scene: Scene, glance: Glance): void;
  /** No more of the scenes; what was said stays. */
  end(): void;
}

export function screenOn(stream: NodeJS.WriteStream, scenes: readonly Scene[], colors: Colors): Screen {
  return stream.isTTY ? new LiveScreen(stream, scenes, colors) : new LineScreen(stream);
}

const REDRAW_INTERVAL_MS = 500;
const STORY_COLUMNS = 36;
const STATE_COLUMNS = 17;
const ELAPSED_COLUMNS = 4;
const GAP = '  ';
const DEFAULT_COLUMNS = 80;

/** One line a scene, redrawn in place, from the first look at any of them on. */
class LiveScreen implements Screen {
  private readonly update: logUpdate.LogUpdate;
  private readonly glances = new Map<Scene, Glance>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly scenes: readonly Scene[],
    private readonly colors: Colors,
  ) {
    this.update = logUpdate.create(stream);
  }

  say(line: string): void {
    this.update.clear();
    this.stream.write(`${line}\n`);
    this.draw();
  }

  saw(scene: Scene, glance: Glance): void {
    this.glances.set(scene, glance);
    this.timer ??= setInterval(this.draw, REDRAW_INTERVAL_MS);
    this.draw();
  }

  end(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.glances.clear();
    this.update.clear();
    this.update.done();
  }

  private readonly draw = (): void => {
    if (this.glances.size === 0) return;
    const columns = (this.stream.columns || DEFAULT_COLUMNS) - 1;
    const lines = this.scenes.map((scene) => sceneLine(scene, this.glances.get(scene), columns, this.colors));
    this.update(['', ...lines].join('\n'));
  };
}

function sceneLine({ story, expected }: Scene, glance: Glance | undefined, columns: number, colors: Colors): string {
  if (glance === undefined) return colors.dim(shortened(`· ${story}`, columns));
  const { startedAtMs, endedAtMs } = glance;
  const isOver = endedAtMs !== null;
  const isExpected = expected.startsWith(glance.state);
  const paint = isOver ? (isExpected ? colors.green : colors.red) : colors.yellow;
  const elapsed = startedAtMs === null ? '' : formatDuration((endedAtMs ?? Date.now()) - startedAtMs);
  const cells = [
    isOver ? (isExpected ? '✓' : '✗') : '·',
    story.padEnd(STORY_COLUMNS - GAP.length),
    plainText(glance.state).padEnd(STATE_COLUMNS),
    elapsed.padStart(ELAPSED_COLUMNS),
  ];
  const left = columns - STORY_COLUMNS - STATE_COLUMNS - ELAPSED_COLUMNS - 2 * GAP.length - 1;
  const remark = shortened(remarkOf(glance), Math.max(0, left));
  const [mark = '', told = '', state = '', time = ''] = cells;
  const line = `${paint(mark)} ${told}${paint(state)}${GAP}${colors.dim(time)}${GAP}`;
  return line + (glance.trouble !== null && !isOver ? colors.red(remark) : colors.dim(remark));
}

function remarkOf({ trouble, phase, percent, endedAtMs }: Glance): string {
  if (endedAtMs !== null) return '';
  if (trouble !== null) return plainText(trouble);
  return phase === null || percent === null ? '' : plainText(`${phase} ${percent} %`);
}

/** One line a change, for a log or a pipe; what only counts on is no change here. */
class LineScreen implements Screen {
  private readonly told = new Map<Scene, string>();
  private readonly startedAtMs = Date.now();

  constructor(private readonly stream: NodeJS.WriteStream) {}

  say(line: string): void {
    this.stream.write(`${line}\n`);
  }

  saw(scene: Scene, { state, trouble, endedAtMs }: Glance): void {
    const hasTrouble = trouble !== null && endedAtMs === null;
    const tale = plainText(hasTrouble ? `${state}  ! ${trouble}` : state);
    if (this.told.get(scene) === tale) return;
    this.told.set(scene, tale);
    const at = formatDuration(Date.now() - this.startedAtMs).padStart(ELAPSED_COLUMNS);
    this.say(`${at}  ${scene.name.padEnd(8)}  ${scene.story.padEnd(STORY_COLUMNS)}${tale}`);
  }

  end(): void {
    this.told.clear();
  }
}
