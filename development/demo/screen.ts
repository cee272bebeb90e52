import type { OutputStream } from '../../cli/invocation';
import { ChangeLines } from '../../cli/output/changeLines';
import type { Colors } from '../../cli/output/colors';
import type { Glance } from '../../cli/output/glance';
import { unknownGlance } from '../../cli/output/glance';
import { LiveDisplay } from '../../cli/output/liveDisplay';
import type { Cell, Column } from '../../cli/output/table';
import { alignedLines, widthsOf } from '../../cli/output/table';
import { formatDuration } from '../../domain/contract/duration';
import { printable } from '../../domain/text/printedText';
import type { Scene } from './scenes';

/** Where the demo is printed. */
export interface Screen {
  /** A line that stays. */
  say(line: string): void;
  saw(scene: Scene, glance: Glance): void;
  /** Removes the scenes; all other lines stay. */
  end(): void;
}

export function screenOn(stream: OutputStream, scenes: readonly Scene[], colors: Colors): Screen {
  return stream.isTTY ? new LiveScreen(stream, scenes, colors) : new LineScreen(stream);
}

/** One line a scene, redrawn in place, from the first event of any scene on. */
class LiveScreen implements Screen {
  private readonly glances = new Map<Scene, Glance>();
  private display: LiveDisplay | null = null;

  constructor(
    private readonly stream: OutputStream,
    private readonly scenes: readonly Scene[],
    private readonly colors: Colors,
  ) {}

  say(line: string): void {
    const write = () => this.stream.write(`${line}\n`);
    if (this.display === null) write();
    else this.display.above(write);
  }

  saw(scene: Scene, glance: Glance): void {
    this.glances.set(scene, glance);
    if (this.display === null) this.display = new LiveDisplay(this.stream, this.drawing);
    else this.display.draw();
  }

  end(): void {
    this.display?.end(() => []);
    this.display = null;
  }

  private readonly drawing = (columns: number): string[] => {
    const all = this.scenes.map((scene) => ({ scene, glance: this.glances.get(scene) ?? unknownGlance(scene.name) }));
    return ['', ...sceneLines(all, columns, Date.now(), this.colors)];
  };
}

interface Shown {
  scene: Scene;
  glance: Glance;
}

const LEAST_STORY_COLUMNS = 12;
const LEAST_REMARK_COLUMNS = 8;

function sceneLines(all: readonly Shown[], columns: number, nowMs: number, colors: Colors): string[] {
  const cells = (cellOf: (one: Shown) => Cell) => all.map(cellOf);
  const parts: Column[] = [
    { cells: cells((one) => markCell(one, colors)), rank: 0, leastColumns: Infinity, align: 'left' },
    { cells: cells((one) => storyCell(one, colors)), rank: 1, leastColumns: LEAST_STORY_COLUMNS, align: 'left' },
    { cells: cells((one) => stateCell(one, colors)), rank: 2, leastColumns: Infinity, align: 'left' },
    { cells: cells((one) => elapsedCell(one, nowMs, colors)), rank: 3, leastColumns: Infinity, align: 'right' },
    { cells: cells((one) => remarkCell(one, colors)), rank: 4, leastColumns: LEAST_REMARK_COLUMNS, align: 'left' },
  ];
  // The last column stays free: some terminals wrap as soon as it is filled.
  return alignedLines(parts, widthsOf(parts, columns - 1));
}

function markCell(one: Shown, colors: Colors): Cell {
  const paint = paintOf(one, colors);
  if (one.glance.endedAtMs === null) return { text: '·', paint };
  return { text: isAsExpected(one) ? '✓' : '✗', paint };
}

function storyCell({ scene }: Shown, colors: Colors): Cell {
  return { text: scene.story, paint: colors.reset };
}

function stateCell(one: Shown, colors: Colors): Cell {
  return { text: printable(one.glance.state), paint: paintOf(one, colors) };
}

function elapsedCell({ glance: { startedAtMs, endedAtMs } }: Shown, nowMs: number, colors: Colors): Cell {
  return { text: startedAtMs === null ? '' : formatDuration((endedAtMs ?? nowMs) - startedAtMs), paint: colors.dim };
}

function remarkCell({ glance: { trouble, phase, percent, endedAtMs } }: Shown, colors: Colors): Cell {
  if (endedAtMs === null && trouble !== null) return { text: printable(trouble), paint: colors.red };
  const isShown = endedAtMs === null && phase !== null && percent !== null;
  return { text: isShown ? printable(`${phase} ${percent} %`) : '', paint: colors.dim };
}

function paintOf(one: Shown, colors: Colors): Cell['paint'] {
  if (one.glance.endedAtMs === null) return colors.yellow;
  return isAsExpected(one) ? colors.green : colors.red;
}

function isAsExpected({ scene, glance }: Shown): boolean {
  return scene.expected.startsWith(glance.state);
}

const ELAPSED_COLUMNS = 4;
const NAME_COLUMNS = 8;
const STORY_COLUMNS = 36;

/** One line a change of a scene's state or trouble, for a log or a pipe. */
class LineScreen implements Screen {
  private readonly startedAtMs = Date.now();
  private readonly changes = new ChangeLines<Scene>((line) => {
    this.say(`${formatDuration(Date.now() - this.startedAtMs).padStart(ELAPSED_COLUMNS)}  ${line}`);
  });

  constructor(private readonly stream: OutputStream) {}

  say(line: string): void {
    this.stream.write(`${line}\n`);
  }

  saw(scene: Scene, { state, trouble, endedAtMs }: Glance): void {
    const change = printable(trouble === null || endedAtMs !== null ? state : `${state}  ! ${trouble}`);
    this.changes.print(scene, `${scene.name.padEnd(NAME_COLUMNS)}  ${scene.story.padEnd(STORY_COLUMNS)}${change}`);
  }

  end(): void {
    // Printed lines stay.
  }
}
