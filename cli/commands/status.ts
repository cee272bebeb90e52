import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import type { CancelTaskProgress } from '../../domain/contract/result';
import type { CancellationClient } from '../../client/cancellationClient';
import type { CancellationIds } from '../../client/cancellationId';
import { labelOf } from '../../client/cancellationId';
import { failureDetails, haltedDetails, progressDetails, resultDetails } from '../output/details';
import { haltedDocument } from '../documents';
import type { HaltedError } from '../../temporal/errors';
import { EXIT_FAILED, EXIT_OK, PLAIN_EXIT_CODES_HELP } from '../exitCodes';
import type { Glance } from '../output/glance';
import { glanceOfFailure, glanceOfHalt, glanceOfProgress, glanceOfResult } from '../output/glance';
import type { Output } from '../output/output';
import { redacted } from '../output/output';
import { forEachItem } from '../forEachItem';
import { namedRuns } from '../namedRun';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import type { CancellationState } from '../../client/runState';
import { statusTable } from '../output/statusTable';
import { taskNames } from '../taskName';
import { examples, taskCommand } from './common';

export function statusCommand(invocation: Invocation): Command {
  return taskCommand('status', 'print the progress of cancellations, or how they ended')
    .addHelpText('after', examples('status --org 054f… 1d1c…', 'status --json vmc-cancel:054f…:1d1c…'))
    .addHelpText('after', PLAIN_EXIT_CODES_HELP)
    .action((texts: string[], options: CommonOptions) =>
      inSession(invocation, taskNames(texts, options.org, invocation.environment), options, statusOfAll),
    );
}

/** Only a running cancellation needs a worker for its progress. */
type Seen =
  | { kind: 'running'; ids: CancellationIds; run: CancellationState; progress: CancelTaskProgress }
  | { kind: 'halted'; ids: CancellationIds; run: CancellationState; halted: HaltedError }
  | { kind: 'over'; ids: CancellationIds; run: Exclude<CancellationState, { status: 'running' }> }
  | { kind: 'unknown'; ids: CancellationIds; error: unknown };

async function statusOfAll(session: Session): Promise<number> {
  const tasks = await namedRuns(session.client, session.names);
  const seen = await forEachItem(tasks, (ids) => look(session.client, ids));
  if (session.output.json || seen.length === 1) for (const one of seen) printOne(session, one);
  else printTogether(session, seen);
  return seen.some(({ kind }) => kind === 'unknown') ? EXIT_FAILED : EXIT_OK;
}

async function look(client: CancellationClient, ids: CancellationIds): Promise<Seen> {
  try {
    const run = await client.describe(ids);
    if (run.status !== 'running') return { kind: 'over', ids, run };
    if (run.halted !== undefined) return { kind: 'halted', ids, run, halted: run.halted };
    return { kind: 'running', ids, run, progress: await client.progress(ids) };
  } catch (error) {
    return { kind: 'unknown', ids, error };
  }
}

function printOne({ output, linkOf }: Session, seen: Seen): void {
  switch (seen.kind) {
    case 'running':
      output.print(seen.progress, (colors) => progressDetails(seen.progress, linkOf(seen.run), Date.now(), colors));
      break;
    case 'halted':
      output.print(haltedDocument(seen.run, seen.halted), (colors) =>
        haltedDetails(seen.ids, seen.halted, linkOf(seen.run), colors),
      );
      break;
    case 'over':
      printEnd(output, seen.run, linkOf(seen.run));
      break;
    case 'unknown':
      output.failure(seen.ids, seen.error);
  }
}

function printEnd(output: Output, run: Extract<Seen, { kind: 'over' }>['run'], link: string | null): void {
  if (run.status === 'completed') output.print(run.result, (colors) => resultDetails(run.result, link, colors));
  else {
    const printed = { ...run, failure: redacted(run.failure, output.redact) };
    output.print(printed, (colors) => failureDetails(printed, printed.failure, link, colors));
  }
}

function printTogether({ output }: Session, all: readonly Seen[]): void {
  output.line(
    statusTable(
      all.flatMap((seen) => glancesOf(seen, output)),
      Date.now(),
      output.colors,
    ),
  );
  for (const seen of all) {
    if (seen.kind === 'halted') output.note(`${labelOf(seen.ids)}: ${seen.halted.message}`);
    if (seen.kind === 'unknown') output.failure(seen.ids, seen.error);
  }
}

function glancesOf(seen: Seen, { redact }: Output): Glance[] {
  switch (seen.kind) {
    case 'running':
      return [glanceOfProgress(seen.progress)];
    case 'halted':
      return [glanceOfHalt(seen.ids, seen.halted)];
    case 'over':
      return [
        seen.run.status === 'failed'
          ? glanceOfFailure(seen.ids.taskId, redacted(seen.run.failure, redact))
          : glanceOfResult(seen.run.result),
      ];
    case 'unknown':
      return [];
  }
}
