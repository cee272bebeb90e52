import type { CompletedCommand, CompletedOption, CompletedValue, Vocabulary } from './vocabulary';

/** For bash 3.2, which macOS has, and later. */
export function bashCompletion({ program, options, commands }: Vocabulary): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const first = [...commands.map((command) => command.name), ...flagsOf(options)];
  return `# Completion of ${program} for bash
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' word words
  # In --option=value, readline takes the = for a word of its own.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then command=$word && break; fi
  done
  COMPREPLY=()
  case "$command $prev" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case $command in
    '') words='${first.join(' ')}' ;;
${commands.map(wordsCase).join('\n')}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F ${name} ${program}
`;
}

function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap(({ flags, value }) =>
    value === null ? [] : [`    ${flags.map((flag) => `'${name} ${flag}'`).join('|')}) ${valueWords(value)} ;;`],
  );
}

function valueWords({ choices, isFile }: CompletedValue): string {
  if (isFile)
    return `local IFS=$'\\n' && compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -f -- "$cur")); return`;
  return choices.length === 0 ? 'return' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return`;
}

function wordsCase({ name, options, argument }: CompletedCommand): string {
  return `    ${name}) words='${[...(argument?.choices ?? []), ...flagsOf(options)].join(' ')}' ;;`;
}

function flagsOf(options: readonly CompletedOption[]): string[] {
  return options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--')));
}
