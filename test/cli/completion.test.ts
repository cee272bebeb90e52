import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OUTCOMES } from '../../domain/contract/result';
import { TASK_STATUSES } from '../../domain/cancellation/taskStatus';
import { ON_DECLINED } from '../../domain/contract/input';
import { commandNames } from './commandNames';
import { CommandRun } from '../stage/commandRun';

/** bash is everywhere; of the others, a machine may have none. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

function has(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).status === 0;
}

let folder: string;
const scripts: Partial<Record<Shell, string>> = {};
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
  await Promise.all(
    SHELLS.map(async (shell) => {
      const { code, stdout, stderr } = await new CommandRun(['completion', shell]).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      scripts[shell] = stdout;
      await writeFile(path.join(folder, shell), stdout);
    }),
  );
  await writeFile(path.join(folder, 'some tasks.txt'), '');
}, 180_000);
afterAll(() => rm(folder, { recursive: true }));

function output(shell: Shell, script: string, ...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(shell, ['-c', script, ...args], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

/** What bash offers for the last word, the words being those that readline makes of the line. */
function bashOffers(...words: string[]): string[] {
  const drive = `
    source "$0" && complete -p vmc-cancel > /dev/null
    COMP_WORDS=(vmc-cancel "$@") COMP_CWORD=$#
    _vmc_cancel
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return output('bash', drive, path.join(folder, 'bash'), ...words);
}

describe('bash completes', () => {
  it('commands, and options before them', () => {
    expect(bashOffers('st')).toEqual(['start', 'status', 'stop']);
    expect(bashOffers('')).toEqual(expect.arrayContaining(['watch', 'doctor', 'completion', '--help', '--version']));
  });

  it('the options of a command, also behind a task and other options', () => {
    expect(bashOffers('start', '--poll')).toEqual(['--poll-min', '--poll-max', '--poll-ratio']);
    expect(bashOffers('start', '--watch', 'task-1', '--on')).toEqual(['--on-declined']);
    expect(bashOffers('extend', '--on')).toEqual([]);
  });

  it.each([
    ['list', '--status', TASK_STATUSES],
    ['list', '--outcome', OUTCOMES],
    ['start', '--on-declined', ON_DECLINED],
  ])('the choices of %s %s', (command, option, choices) => {
    expect(bashOffers(command, option, '')).toEqual(choices);
    // Readline makes three words of --option=value, and two while there is no value.
    expect(bashOffers(command, option, '=')).toEqual(choices);
    const [first = ''] = choices;
    expect(bashOffers(command, option, '=', first)).toEqual([first]);
  });

  it('the commands behind help', async () => {
    expect(bashOffers('help', 'st')).toEqual(['start', 'status', 'stop']);
    expect(bashOffers('help', '')).toEqual(await commandNames());
  });

  it('the shells of completion', () => {
    expect(bashOffers('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  it('files where a file is asked for, and nothing where only who types knows', () => {
    expect(bashOffers('start', '--from-file', 'some')).toEqual(['some tasks.txt']);
    expect(bashOffers('start', '--deadline', '')).toEqual([]);
    expect(bashOffers('nonsense', '')).toEqual([]);
  });
});

(has('fish') ? describe : describe.skip)('fish completes', () => {
  const offers = (line: string): string[] =>
    output('fish', 'source $argv[1]; complete -C $argv[2]', path.join(folder, 'fish'), line).map(
      (offered) => offered.split('\t')[0] ?? '',
    );

  it('commands, options and choices', () => {
    expect(offers('vmc-cancel st')).toEqual(['start', 'status', 'stop']);
    expect(offers('vmc-cancel start --poll')).toEqual(['--poll-max', '--poll-min', '--poll-ratio']);
    expect(offers('vmc-cancel list --status ')).toEqual([...TASK_STATUSES].sort());
    expect(offers('vmc-cancel list --outcome=F')).toEqual(['--outcome=FAILED', '--outcome=FINISHED']);
    expect(offers('vmc-cancel completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(offers('vmc-cancel start --deadline ')).toEqual([]);
    expect(offers('vmc-cancel start --from-file some')).toEqual(['some tasks.txt']);
  });
});

(has('zsh') ? describe : describe.skip)('zsh', () => {
  it('takes the script', () => {
    // What compinit would define is not there: the script shall be read whole, and register itself.
    expect(output('zsh', 'compdef() { print -r -- "$@" }; source $1', 'zsh', path.join(folder, 'zsh'))).toEqual([
      '_vmc-cancel vmc-cancel',
    ]);
  });
});

describe('on a machine without these shells', () => {
  it('the scripts have the commands, options and choices all the same', () => {
    expect(scripts.fish).toContain(
      `complete -c vmc-cancel -n '__fish_seen_subcommand_from list' -l outcome -x -a '${OUTCOMES.join(' ')}'`,
    );
    expect(scripts.fish).toContain("complete -c vmc-cancel -n __fish_use_subcommand -a doctor -d '");
    expect(scripts.zsh).toMatch(new RegExp(`--status='\\[[^\\]]+\\]:status:\\(${TASK_STATUSES.join(' ')}\\)'`));
    expect(scripts.zsh).toMatch(/^ +'doctor:.+'$/m);
    expect(scripts.zsh).toContain('--from-file=');
  });
});

describe('a shell that there is no script for', () => {
  it('is told with those that there are, and exit 2', async () => {
    const { code, stdout, stderr } = await new CommandRun(['completion', 'tcsh']).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*'tcsh'[^\n]*bash, zsh, fish[^\n]*\n$/);
  });
});
