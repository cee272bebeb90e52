import type { CompletedCommand, CompletedOption, CompletedValue, Vocabulary } from './vocabulary';

export function fishCompletion({ program, options, commands }: Vocabulary): string {
  const line = (...parts: string[]) => ['complete', '-c', program, ...parts].join(' ');
  const nothingYet = ['-n', '__fish_use_subcommand'];
  const lines = [
    `# Completion of ${program} for fish`,
    line('-f'),
    ...commands.map(({ name, summary }) => line(...nothingYet, '-a', name, '-d', fishQuote(summary))),
    ...options.map((option) => line(...nothingYet, ...optionParts(option))),
    ...commands.flatMap((command) => commandParts(command).map((parts) => line(...parts))),
  ];
  return `${lines.join('\n')}\n`;
}

function commandParts({ name, options, argument }: CompletedCommand): string[][] {
  const within = ['-n', fishQuote(`__fish_seen_subcommand_from ${name}`)];
  const choices = argument?.choices ?? [];
  return [
    ...(choices.length === 0 ? [] : [[...within, '-a', fishQuote(choices.join(' '))]]),
    ...options.map((option) => [...within, ...optionParts(option)]),
  ];
}

function optionParts({ flags, summary, value }: CompletedOption): string[] {
  const spellings = flags.flatMap((flag) => (flag.startsWith('--') ? ['-l', flag.slice(2)] : ['-s', flag.slice(1)]));
  return [...spellings, ...(value === null ? [] : valueParts(value)), '-d', fishQuote(summary)];
}

function valueParts({ choices, isFile }: CompletedValue): string[] {
  if (isFile) return ['-r', '-F'];
  return choices.length === 0 ? ['-x'] : ['-x', '-a', fishQuote(choices.join(' '))];
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
