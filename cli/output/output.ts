import type { CancellationIds } from '../../client/cancellationId';
import { labelOf } from '../../client/cancellationId';
import type { Colors } from './colors';
import { colorsFor } from './colors';
import type { Invocation, OutputStream } from '../invocation';
import type { RunFailure } from '../../temporal/errors';
import { isCancellationError, RunFailedError } from '../../temporal/errors';
import { jsonLine } from '../../domain/text/jsonText';
import { printable } from '../../domain/text/printedText';

/** Results go to stdout, and nothing else does: notes, warnings and errors go to stderr. */
export class Output {
  readonly stdout: OutputStream;
  private readonly stderr: OutputStream;
  readonly colors: Colors;
  /** Fires when the reader of stdout closed it, as head does. */
  readonly unread: AbortSignal;
  /** Blanks every known credential in a line. */
  readonly redact: (line: string) => string;

  constructor(
    { stdout, stderr, environment, scrub }: Pick<Invocation, 'stdout' | 'stderr' | 'environment' | 'scrub'>,
    readonly json: boolean,
    private readonly verbose: boolean,
  ) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.colors = colorsFor(stdout, environment);
    this.redact = scrub;
    const unread = new AbortController();
    this.unread = unread.signal;
    stdout.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') unread.abort();
    });
  }

  line(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  document(document: unknown): void {
    this.line(jsonLine(document));
  }

  /** One JSON document, or the human-readable rendering of it. */
  print(document: unknown, render: (colors: Colors) => string): void {
    if (this.json) this.document(document);
    else this.line(render(this.colors));
  }

  note(text: string): void {
    this.say('', text);
  }

  /** An outage that delays a wait and needs no action. */
  waiting(message: string): void {
    this.note(`waiting: ${message}`);
  }

  error(error: unknown, ids?: CancellationIds): void {
    this.note(`error: ${ids === undefined ? '' : `${labelOf(ids)}: `}${messageOf(error)}`);
    this.causes(error);
  }

  causes(error: unknown): void {
    if (this.verbose)
      for (const cause of causesOf(error)) this.say('  ', `caused by ${nameOf(cause)}: ${messageOf(cause)}`);
  }

  private say(indent: string, text: string): void {
    this.stderr.write(`${indent}${this.redact(printable(text))}\n`);
  }

  /** The failure of a task that has neither a verdict nor progress. */
  failure(ids: CancellationIds, error: unknown): void {
    if (this.json) this.document({ ...ids, ...failureDocument(error, this.redact) });
    this.error(error, ids);
  }
}

function failureDocument(error: unknown, redact: (line: string) => string) {
  if (error instanceof RunFailedError) return { failure: redacted(error.failure, redact) };
  return { error: { type: isCancellationError(error) ? error.type : 'Unexpected', message: redact(messageOf(error)) } };
}

/** Our worker's messages hold no secret; another program's may. */
export function redacted(failure: RunFailure, redact: (line: string) => string): RunFailure {
  return { ...failure, message: redact(failure.message) };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || nameOf(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

const MAX_CAUSES = 10;

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (
    let link = error;
    link instanceof Error && link.cause !== undefined && causes.length < MAX_CAUSES;
    link = link.cause
  )
    causes.push(link.cause);
  return causes;
}
