import type { Argument, Command, Option } from 'commander';

/**
 * The commands, options and values of the command tree: completion scripts are generated from it.
 */
export interface Vocabulary {
  program: string;
  options: CompletedOption[];
  commands: CompletedCommand[];
}

export interface CompletedCommand {
  name: string;
  summary: string;
  options: CompletedOption[];
  /** What follows the options; null for a command that takes nothing. */
  argument: CompletedValue | null;
}

export interface CompletedOption {
  /** With their dashes: `--help`, and `-h` where there is a short one. */
  flags: string[];
  summary: string;
  /** null for an option without a value. */
  value: CompletedValue | null;
}

export interface CompletedValue {
  name: string;
  /** Empty where the values are not known beforehand. */
  choices: readonly string[];
  isFile: boolean;
}

export function vocabularyOf(root: Command): Vocabulary {
  const commands = root.createHelp().visibleCommands(root).map(commandOf);
  const names = root.commands.map((command) => command.name());
  // Commander's own help is not in the tree; its argument is the name of a command.
  const withHelp = commands.map((command) =>
    names.includes(command.name) || command.argument === null
      ? command
      : { ...command, argument: { ...command.argument, choices: names } },
  );
  return { program: root.name(), options: optionsOf(root), commands: withHelp };
}

function commandOf(command: Command): CompletedCommand {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.description(),
    options: optionsOf(command),
    argument: argument === undefined ? null : valueOf(argument, argument.name()),
  };
}

function optionsOf(command: Command): CompletedOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      summary: option.description,
      value: option.required || option.optional ? valueOf(option, placeholderOf(option)) : null,
    }));
}

function valueOf({ argChoices }: Argument | Option, name: string): CompletedValue {
  return { name, choices: argChoices ?? [], isFile: /^(file|path)$/i.test(name) };
}

/** `orgId` of `--org <orgId>`. */
function placeholderOf({ flags }: Option): string {
  return /[<[]([^\]>.]+)/.exec(flags)?.[1] ?? '';
}
