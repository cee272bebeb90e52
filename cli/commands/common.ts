import { Command } from 'commander';

export function command(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'one JSON document a line on stdout')
    .option('--verbose', 'print what caused an error');
}

export function taskCommand(name: string, summary: string): Command {
  return command(name, summary)
    .argument('<task...>', 'task ids (with --org), or workflow ids')
    .option('--org <orgId>', "the organization of the task ids (default: VMC_ORG_ID); '' where all are workflow ids");
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ vmc-cancel ${line}`).join('\n')}`;
}
