import { CommandRun } from '../stage/commandRun';

/** Every command that the executable itself tells of, but help. */
export async function commandNames(): Promise<string[]> {
  const { stdout } = await new CommandRun(['--help']).ended;
  const names = [...stdout.matchAll(/^ {2}([a-z][\w-]+) \[?[<[]/gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}
