import { beforeAll, describe, expect, it } from '@jest/globals';
import { formatDuration } from '../../domain/contract/duration';
import { DEFAULT_POLL_PACE } from '../../domain/schedule/pollSchedule';
import { commandNames } from './commandNames';
import { documentedSections } from './documentedCommands';
import { CommandRun } from '../stage/commandRun';

/** Nobody listens there: help needs nothing. */
const ENVIRONMENT = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
/** The document says once that every command has them. */
const COMMON = ['--json', '--verbose', '--help'];

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new CommandRun(args, ENVIRONMENT).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** `--deadline` of `  --deadline <duration>  how long …`, for each option that a help lists. */
function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag);
}

function flagsIn(text: string): string[] {
  return [...new Set(text.match(/--[a-z][\w-]*/g) ?? [])];
}

let commands: string[] = [];
let completion = '';
beforeAll(async () => {
  [commands, completion] = await Promise.all([commandNames(), printed('completion', 'bash')]);
}, 180_000);

describe('the help of every command', () => {
  it('has examples, the exit codes, and the options that the document and the completion have', async () => {
    expect(commands).toEqual(expect.arrayContaining(['start', 'watch', 'doctor', 'completion']));
    expect(documentedSections().map(({ command }) => command)).toEqual(expect.arrayContaining(commands));
    const helps = await Promise.all(
      commands.map(async (command) => [command, await printed(command, '--help')] as const),
    );
    for (const [command, help] of helps) {
      expect(help).toContain(`vmc-cancel ${command}`);
      expect(help).toMatch(/^Examples:\n {2}\$ /m);
      expect(help).toMatch(/^Exit codes/m);
      const options = optionsIn(help);
      const table =
        documentedSections()
          .find((section) => section.command === command)
          ?.text.match(/^\| `--.*$/gm) ?? [];
      const documented = flagsIn(table.map((row) => row.split(' | ')[0]).join('\n'));
      expect({ command, options: options.filter((flag) => !COMMON.includes(flag)).toSorted() }).toEqual({
        command,
        options: documented.toSorted(),
      });
      const completed = new RegExp(`^ +${command}\\) words='(.*)' ;;$`, 'm').exec(completion)?.[1] ?? '';
      expect({ command, options: flagsIn(completed).toSorted() }).toEqual({ command, options: options.toSorted() });
    }
  }, 180_000);

  it('has no option for a secret: everybody on the machine can read a command line', async () => {
    const helps = await Promise.all(commands.map((command) => printed(command, '--help')));
    const options = new Set(helps.flatMap(optionsIn));
    expect([...options].filter((flag) => /token|secret|key|password|credential/i.test(flag))).toEqual([]);
    expect(options.size).toBeGreaterThan(20);
  }, 180_000);
});

describe('the help and the document', () => {
  it.each(['start', 'cancel-all'])(
    'of %s tell the defaults of the poll schedule that the code has',
    async (command) => {
      const { minMs, maxMs, ratio } = DEFAULT_POLL_PACE;
      const [min, max] = [minMs, maxMs].map((ms) => formatDuration(ms).replaceAll(' ', ''));
      const help = (await printed(command, '--help')).replace(/\s+/g, ' ');
      expect(help).toMatch(new RegExp(`--poll-min <duration> [^(]*\\(default: ${min}\\)`));
      expect(help).toMatch(new RegExp(`--poll-max <duration> [^(]*\\(default: ${max}\\)`));
      expect(help).toMatch(new RegExp(`--poll-ratio <number> [^(]*\\(default: ${ratio}\\)`));
      const { text = '' } = documentedSections().find((section) => section.command === command) ?? {};
      expect(text).toContain(`default \`${min}\`, \`${max}\` |`);
      expect(text).toMatch(new RegExp(`--poll-ratio NUMBER.*default ${ratio} `));
    },
  );
});
