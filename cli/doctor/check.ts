import type { Colors } from '../output/colors';

/** The checks, by their names in the JSON documents. */
export const SUBJECTS = [
  'temporal',
  'namespace',
  'searchAttributes',
  'worker',
  'stuckRuns',
  'temporalHttp',
  'vmcSettings',
  'vmcSignIn',
  'vmcApi',
  'clock',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** The human-readable names. */
const WORDS: Readonly<Record<Subject, string>> = {
  temporal: 'Temporal',
  namespace: 'namespace',
  searchAttributes: 'search attributes',
  worker: 'worker',
  stuckRuns: 'stuck runs',
  temporalHttp: 'Temporal HTTP',
  vmcSettings: 'VMC settings',
  vmcSignIn: 'VMC sign-in',
  vmcApi: 'VMC API',
  clock: 'clock',
};

export interface Check {
  check: Subject;
  /** null: it was skipped. */
  ok: boolean | null;
  message: string;
  /** What to do about it. A passed check with a remedy is a warning. */
  remedy: string | null;
}

/** The error behind a failed check, printed with --verbose. */
export type CheckResult = Check & { cause?: unknown };

export function passed(check: Subject, message: string): CheckResult {
  return { check, ok: true, message, remedy: null };
}

export function warned(check: Subject, message: string, remedy: string): CheckResult {
  return { check, ok: true, message, remedy };
}

export function failed(check: Subject, problem: unknown, remedy: string): CheckResult {
  const message = problem instanceof Error ? problem.message : String(problem);
  return { check, ok: false, message, remedy, cause: problem };
}

export function skipped(check: Subject, why: string, remedy: string | null = null): CheckResult {
  return { check, ok: null, message: `skipped: ${why}`, remedy };
}

const WORDS_COLUMNS = Math.max(...Object.values(WORDS).map(({ length }) => length));

export function checkLine({ check, ok, message, remedy }: Check, colors: Colors): string {
  const subject = WORDS[check].padEnd(WORDS_COLUMNS);
  return `${verdictOf(ok, remedy, colors)}  ${subject}  ${message}${remedy === null ? '' : ` → ${remedy}`}`;
}

function verdictOf(ok: boolean | null, remedy: string | null, colors: Colors): string {
  if (ok === null) return colors.dim('-     ');
  if (!ok) return colors.red('failed');
  return remedy === null ? colors.green('ok    ') : colors.yellow('warn  ');
}
