import type { Invocation } from '../invocation';
import { Argument, Command } from 'commander';
import type { Vocabulary } from '../completion/vocabulary';
import { vocabularyOf } from '../completion/vocabulary';
import { bashCompletion } from '../completion/bash';
import { fishCompletion } from '../completion/fish';
import { zshCompletion } from '../completion/zsh';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (vocabulary: Vocabulary) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function completionCommand(invocation: Invocation): Command {
  return new Command('completion')
    .description('print a script that completes commands, options and their values in your shell')
    .addArgument(new Argument('<shell>', 'the shell to complete in').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ eval "$(vmc-cancel completion bash)"          # in ~/.bashrc
  $ eval "$(vmc-cancel completion zsh)"           # in ~/.zshrc, after compinit
  $ vmc-cancel completion fish | source           # in ~/.config/fish/config.fish

It completes the command vmc-cancel, where that is on the PATH (npm link puts it there), and not npx vmc-cancel.

Exit codes:
  0 printed   2 usage`,
    )
    .action((shell: Shell, _options: unknown, command: Command) => {
      invocation.stdout.write(SCRIPTS[shell](vocabularyOf(command.parent ?? command)));
    });
}
