import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colorsFor } from '../../../cli/output/colors';
import { Cli, cliOnTerminal } from '../../stage/cli';
import { FAST, Stage } from '../../stage/stage';
import { until } from '../../stage/until';

const LONG = { settlesAfterMs: 600_000 };
/**
 * What colors and emboldens. Moving the cursor is another matter: that is how a line is redrawn in
 * place.
 */
const COLOR = /\u001b\[[\d;]*m/;

let stage: Stage;
let running: string;
let over: string;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
  const both = [await stage.started(LONG), await stage.started({ settlesAfterMs: 0 }, FAST)] as const;
  [running, over] = [both[0].taskId, both[1].taskId];
  await stage.client.result(both[1].workflowId);
  await until(async () => (await stage.client.list()).length === both.length);
}, 180_000);
afterAll(() => stage.end());

async function runOnTerminal(args: readonly string[], variables: Record<string, string> = {}) {
  const command = cliOnTerminal(args, { ...stage.environment, ...variables });
  const code = await command.exitCode;
  return { code, screen: command.output };
}

/** Every command that has something to color, as it is typed. */
const COMMANDS: readonly (readonly [string, () => string[]])[] = [
  ['start', () => ['start', running]],
  ['status', () => ['status', running, over]],
  ['list', () => ['list']],
  ['doctor', () => ['doctor']],
  ['setup', () => ['setup']],
  ['watch', () => ['watch', over]],
  ['result', () => ['result', over]],
  ['poll', () => ['poll', running]],
];

describe('on a terminal', () => {
  it.each(COMMANDS)('%s is in colors, and without any where NO_COLOR is set', async (_command, args) => {
    const [colored, plain] = await Promise.all([runOnTerminal(args()), runOnTerminal(args(), { NO_COLOR: '1' })]);
    expect([colored.code, plain.code]).toEqual([0, 0]);
    expect(colored.screen).toMatch(COLOR);
    expect(plain.screen).not.toMatch(COLOR);
    expect(plain.screen).toMatch(/\w/);
  });

  it('documents have no colors', async () => {
    const { code, screen } = await runOnTerminal(['status', '--json', running]);
    expect(code).toBe(0);
    expect(screen).not.toContain('\u001b');
  });

  it('that can do nothing, there are no colors', () => {
    expect(colorsFor({ isTTY: true }, { TERM: 'dumb' }).red('x')).toBe('x');
    expect(colorsFor({ isTTY: true }, { TERM: 'xterm' }).red('x')).toMatch(COLOR);
  });
});

describe('in a pipe', () => {
  it('there are colors only where FORCE_COLOR asks for them, and NO_COLOR outranks it', async () => {
    const printed = async (variables: Record<string, string>) =>
      (await new Cli(['status', over], { ...stage.environment, ...variables }).ended).stdout;
    const [plain, forced, none, zero] = await Promise.all(
      [{}, { FORCE_COLOR: '1' }, { FORCE_COLOR: '1', NO_COLOR: '1' }, { FORCE_COLOR: '0' }].map(printed),
    );
    expect(forced).toMatch(COLOR);
    for (const text of [plain, none, zero]) {
      expect(text).toContain('CANCELED');
      expect(text).not.toMatch(COLOR);
    }
  });
});
