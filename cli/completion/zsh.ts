import type { CompletedCommand, CompletedOption, CompletedValue, Vocabulary } from './vocabulary';

/** Evaluated after `compinit`, or stored as `_vmc-cancel` in a folder of `$fpath`. */
export function zshCompletion({ program, options, commands }: Vocabulary): string {
  const name = `_${program}`;
  const first = [...options.map(optionSpec), "'1:command:->command'", "'*::argument:->argument'"];
  return `#compdef ${program}
# Completion of ${program} for zsh
${name}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \\
    ${first.join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(
        ${commands.map(({ name: command, summary }) => zshQuote(`${command}:${summary}`)).join('\n        ')}
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`;
}

function commandCase({ name, options, argument }: CompletedCommand): string {
  const specs = [...options.map(optionSpec), ...(argument === null ? [] : [zshQuote(`*${valueSpec(argument)}`)])];
  return `        ${name})
          _arguments \\
            ${specs.join(' \\\n            ')}
          ;;`;
}

/** Each flag of an option excludes its other flags from the later offers. */
function optionSpec({ flags, summary, value }: CompletedOption): string {
  const others = flags.length > 1 ? zshQuote(`(${flags.join(' ')})`) : '';
  const spellings = flags.map((flag) => (value !== null && flag.startsWith('--') ? `${flag}=` : flag));
  const described = zshQuote(
    `[${summary.replace(/[\\\][]/g, '\\$&').replaceAll(':', '\\:')}]${value === null ? '' : valueSpec(value)}`,
  );
  return `${others}${spellings.length > 1 ? `{${spellings.join(',')}}` : spellings.join('')}${described}`;
}

function valueSpec({ name, choices, isFile }: CompletedValue): string {
  const action = isFile ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' ';
  return `:${name}:${action}`;
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
