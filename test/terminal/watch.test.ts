import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startDevServer } from '../../development/temporal/devServer';
import { FAST, Stage } from '../stage/stage';
import { PROMPT, Terminal } from './tmux';

const LONG = { settlesAfterMs: 3_600_000 };

let folder: string;
let stage: Stage;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'temporal-'));
  stage = await Stage.begin({ dbFile: path.join(folder, 'temporal.db') });
  await stage.startWorker();
}, 180_000);
afterEach(() => Terminal.endAll());
afterAll(async () => {
  await stage.end();
  await rm(folder, { recursive: true });
});

type Started = Awaited<ReturnType<Stage['started']>>;

async function startedTasks(count: number, script: object = LONG): Promise<Started[]> {
  return await Promise.all(Array.from({ length: count }, () => stage.started(script, FAST)));
}

/**
 * A terminal on which these tasks are watched; the line that was typed is short, so that it never
 * wraps.
 */
async function watching(
  tasks: readonly Started[],
  environment: Record<string, string> = {},
  size?: { columns: number; rows: number },
): Promise<Terminal> {
  const TASKS = tasks.map(({ taskId }) => taskId).join(' ');
  const terminal = await Terminal.begin({ ...stage.environment, TASKS, ...environment }, size);
  await terminal.enter('vmc-cancel watch $TASKS');
  return terminal;
}

/** What is on the screen but for the shell's own. */
function drawn(screen: string): string[] {
  return screen.split('\n').filter((line) => line !== '' && !line.startsWith(PROMPT.trim()));
}

function short({ taskId }: Started): string {
  return taskId.slice(0, 8);
}

/** A line for each task in the tasks' order, the total below them, and nothing else. */
function isFrame(screen: string, lines: readonly { task: Started; state: string }[], total: RegExp): boolean {
  const all = drawn(screen);
  return (
    all.length === lines.length + 1 &&
    lines.every(({ task, state }, index) => {
      const line = all[index] ?? '';
      return line.startsWith(short(task)) && line.includes(state);
    }) &&
    total.test(all.at(-1) ?? '')
  );
}

/** The shell is back, on a line of its own, with its cursor, and tells how the watch ended. */
async function exitCode(terminal: Terminal): Promise<number> {
  const left = await terminal.shows((screen) => screen.endsWith(`\n${PROMPT.trim()}`), 'a prompt on a line of its own');
  const rows = left.split('\n').length;
  expect(await terminal.cursor()).toEqual({ isVisible: true, column: PROMPT.length, row: rows - 1 });
  await terminal.enter('echo "code=$?"');
  const screen = await terminal.shows((text) => /^code=\d+$/m.test(text), 'the exit code');
  return Number(/^code=(\d+)$/m.exec(screen)?.[1]);
}

describe('watch on a terminal', () => {
  it('shows a line a task and the total, fits itself to 40 columns, and leaves the verdicts', async () => {
    const tasks = await startedTasks(3);
    const [first, second, third] = tasks as [Started, Started, Started];
    const running = tasks.map((task) => ({ task, state: 'CANCELING' }));
    const terminal = await watching(tasks);
    const wide = await terminal.shows(
      (screen) => isFrame(screen, running, /^\[\.+\] {2}0\/3 {2}3 running$/),
      'all three',
    );
    expect(wide).toMatch(/\[[=.]+\] +\d+ %/);
    expect(wide).toMatch(/next \d+ s|reading/);
    expect((await terminal.cursor()).isVisible).toBe(false);

    await terminal.resize(40, 24);
    const narrow = await terminal.shows(
      (screen) => isFrame(screen, running, /0\/3 {2}3 running$/),
      'all three on 40 columns',
    );
    for (const line of drawn(narrow)) expect(line.length).toBeLessThan(40);

    await stage.client.stopMonitoring(second);
    const oneOver = [running[0], { task: second, state: 'ABANDONED' }, running[2]].flatMap((one) => one ?? []);
    await terminal.shows(
      (screen) => isFrame(screen, oneOver, /1\/3 {2}1 ABANDONED {2}2 running$/),
      'the first verdict',
    );

    await terminal.resize(120, 24);
    const widest = await terminal.shows(
      (screen) => drawn(screen).length === 4 && screen.includes(first.taskId),
      'whole ids',
    );
    for (const { taskId } of tasks) expect(widest.split(taskId)).toHaveLength(2);

    await Promise.all([first, third].map((task) => stage.client.stopMonitoring(task)));
    expect(await exitCode(terminal)).toBe(14);
    const left = await terminal.screen();
    expect(left.match(/ABANDONED {2,}\d+/g)).toHaveLength(3);
    expect(left).toContain('3/3  3 ABANDONED');
  });

  it('on Ctrl-C leaves what was seen, tells how to come back, and hands the terminal over in order', async () => {
    const tasks = await startedTasks(3);
    const terminal = await watching(tasks);
    await terminal.shows((screen) => screen.split('CANCELING').length === 4, 'all three');
    await terminal.press('C-c');
    expect(await exitCode(terminal)).toBe(130);
    const screen = (await terminal.screen()).replaceAll('\n', '');
    expect(screen).toContain('0/3  3 runningDetached. 3 cancellations go on; come back with: vmc-cancel watch');
    for (const { workflowId } of tasks) expect(screen).toContain(workflowId);
    expect(screen).not.toContain('^C');
  });

  it('shows what runs before what is over where not all have room, and tells of the rest', async () => {
    const tasks = await startedTasks(8);
    const over = tasks.slice(0, 3);
    await Promise.all(over.map((task) => stage.client.stopMonitoring(task)));
    const terminal = await watching(tasks, {}, { columns: 80, rows: 7 });
    const running = tasks.slice(3).map((task) => ({ task, state: 'CANCELING' }));
    await terminal.shows(
      (screen) => isFrame(screen, running, /3\/8 {2}3 ABANDONED {2}5 running {2}and 3 more$/),
      'those that run',
    );
    await Promise.all(tasks.slice(3).map((task) => stage.client.stopMonitoring(task)));
    await terminal.shows((screen) => screen.endsWith(PROMPT.trim()), 'the prompt');
    const everything = await terminal.everything();
    for (const { taskId } of tasks) expect(everything.split(`\n${taskId}  ABANDONED`)).toHaveLength(2);
  });

  it('paints on request only', async () => {
    const tasks = await startedTasks(2);
    const painted = await watching(tasks);
    const plain = await watching(tasks, { NO_COLOR: '1' });
    for (const terminal of [painted, plain])
      await terminal.shows((screen) => screen.split('CANCELING').length === 3, 'both');
    expect(await painted.colored()).toContain('\u001b[33mCANCELING');
    expect(await plain.colored()).not.toContain('\u001b[3');
  });

  it('says once that Temporal cannot be reached, and goes on when it is back', async () => {
    const tasks = await startedTasks(3);
    const terminal = await watching(tasks);
    await terminal.shows((screen) => screen.split('CANCELING').length === 4, 'all three');
    await stage.server.stop();
    await terminal.shows((screen) => screen.includes('3 in trouble'), 'the outage of all three');
    const dark = await terminal.screen();
    expect(dark.split('waiting: Temporal cannot be reached at')).toHaveLength(2);
    expect(dark.match(/^[0-9a-f]{8}….* ! Temporal/gm)).toHaveLength(3);

    const port = Number(stage.server.address.split(':')[1]);
    const again = await startDevServer({ ui: false, port, dbFile: path.join(folder, 'temporal.db') });
    try {
      await terminal.shows((screen) => /0\/3 {2}3 running$/m.test(screen), 'that it goes on');
      await Promise.all(tasks.map((task) => stage.client.stopMonitoring(task)));
      expect(await exitCode(terminal)).toBe(14);
      // Whether the worker or the watch comes back first is chance; what is said of either is said
      // once.
      const waits = (await terminal.everything()).split('waiting: ').slice(1);
      expect(waits[0]).toMatch(/^Temporal cannot be reached/);
      for (const late of waits.slice(1)) expect(late).toMatch(/^no worker answers on the task queue/);
      expect(waits.length).toBeLessThanOrEqual(2);
    } finally {
      await again.stop();
    }
  });
});
