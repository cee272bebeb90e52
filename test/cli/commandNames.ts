import { Cli } from './world';

/** Every command that the executable itself tells of, but help. */
export async function commandNames(): Promise<string[]> {
  const { stdout } = await new Cli(['--help']).ended;
  const names = [...stdout.matchAll(/^ {2}([a-z][\w-]+) \[?[<[]/gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}
