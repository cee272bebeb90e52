import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCUMENT = path.join(__dirname, '..', '..', 'docs', 'command-line.md');

/** A section of the document, under the name of its command. */
export interface Section {
  command: string;
  text: string;
  examples: Example[];
}

/** A command as the document shows it, with what it prints and how it exits. */
export interface Example {
  /** As it was typed, behind the prompt. */
  line: string;
  args: string[];
  /** What of each JSON document is shown: all of it, some fields, or the line as it is. */
  shown: { kind: 'lines' } | { kind: 'whole' } | { kind: 'fields'; names: string[] };
  output: string;
  exitCode: number;
}

export function documentedSections(): Section[] {
  return readFileSync(DOCUMENT, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((text) => ({
      command: /^[\w-]+/.exec(text)?.[0] ?? '',
      text,
      examples: [...text.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block = '']) => examplesIn(block)),
    }));
}

const EXIT_CODE = '$ echo $?\n';

function examplesIn(block: string): Example[] {
  return block.split(/^(?=\$ vmc-cancel )/m).map((text) => {
    const [shownText = '', exitCode = '0'] = text.split(EXIT_CODE);
    const end = shownText.indexOf('\n');
    const line = shownText.slice('$ '.length, end);
    const [command = '', filter] = line.split(' | ');
    const [, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
    return { line, args, shown: shownBy(filter), output: shownText.slice(end + 1), exitCode: Number(exitCode) };
  });
}

/** The two uses of jq that the document makes. */
function shownBy(filter: string | undefined): Example['shown'] {
  if (filter === undefined) return { kind: 'lines' };
  if (filter === 'jq') return { kind: 'whole' };
  const fields = /^jq -c '\{([\w, ]+)\}'$/.exec(filter)?.[1];
  if (fields === undefined) throw new Error(`this use of a pipe cannot be checked: ${filter}`);
  return { kind: 'fields', names: fields.split(', ') };
}

/** What the command's stdout would be behind the document's pipe. */
export function throughFilter(stdout: string, shown: Example['shown']): string {
  if (shown.kind === 'lines') return stdout;
  const documents = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const lines = documents.map((document) =>
    shown.kind === 'whole'
      ? JSON.stringify(document, null, 2)
      : JSON.stringify(Object.fromEntries(shown.names.map((name) => [name, document[name] ?? null]))),
  );
  return `${lines.join('\n')}\n`;
}

const DURATION = '\\d+ [dhms](?: \\d+ [hms])?';

/** What differs from one run to the next, by its name. All else is pinned. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<instant>'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/\d+@[\w.-]+/g, '<pid@host>'],
  [/127\.0\.0\.1:\d+/g, '<address>'],
  [/\b\d+\.\d+\.\d+\b/g, '<version>'],
  [new RegExp(`\\((?:in ${DURATION}|${DURATION}|due)\\)`, 'g'), '(<when>)'],
  [new RegExp(`\\bafter ${DURATION}`, 'g'), 'after <duration>'],
  [new RegExp(`${DURATION} ago`, 'g'), '<duration> ago'],
  // A column of a table, which is as wide as the longest one in it.
  [new RegExp(`  ${DURATION}(?=  |$)`, 'gm'), '  <duration>'],
  [/ {2,}/g, '  '],
  // The schedule goes on between two commands.
  [/status reads: \d+/g, 'status reads: <reads>'],
  [/"polls": ?\d+/g, '"polls": <reads>'],
  [/\d+ m left/g, '<minutes> left'],
  [/"estimatedRemainingMinutes": ?\d+/g, '"estimatedRemainingMinutes": <minutes>'],
];

export function normalised(output: string): string {
  return VOLATILE.reduce((text, [pattern, name]) => text.replace(pattern, name), output);
}
