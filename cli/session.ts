import { CancellationClient } from '../client/cancellationClient';
import { CancellationGroup } from '../client/cancellationGroup';
import { runUrl, uiUrl } from './uiLinks';
import { TemporalConnection } from '../temporal/connection';
import type { Invocation } from './invocation';
import { Output } from './output/output';
import type { TaskName } from './taskName';
import { UsageError } from './usageError';

/** The options that commands share; `org` only with those that name tasks. */
export interface CommonOptions {
  org?: string;
  json?: boolean;
  verbose?: boolean;
}

/** One command with a connection to Temporal: its tasks, its output and its clients. */
export interface Session {
  client: CancellationClient;
  /** Follows this many cancellations together. */
  groupOf: (size: number) => CancellationGroup;
  output: Output;
  signals: Invocation['signals'];
  names: readonly TaskName[];
  /** The run in the Temporal UI, or null where the UI's address is unknown. */
  linkOf: (run: { workflowId: string; runId: string }) => string | null;
}

/** Runs a command's work on a connection of its own, and sets the exit code. */
export async function inSession(
  invocation: Invocation,
  names: readonly TaskName[],
  options: CommonOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  const output = outputFor(invocation, options);
  const temporal = await connected(invocation, names);
  const client = new CancellationClient(temporal);
  try {
    const ui = uiUrl(client.address, invocation.environment);
    const linkOf = (run: { workflowId: string; runId: string }) =>
      ui === null ? null : runUrl(ui, client.namespace, run);
    const groupOf = (size: number) => new CancellationGroup(temporal, size);
    invocation.exitCode = await work({ client, groupOf, output, signals: invocation.signals, names, linkOf });
  } finally {
    await client.close();
  }
}

/** A malformed TASK is reported before an unreachable Temporal. */
async function connected({ temporalSettings }: Invocation, names: readonly TaskName[]): Promise<TemporalConnection> {
  try {
    return await TemporalConnection.open(temporalSettings);
  } catch (error) {
    for (const name of names)
      if (name.kind === 'workflow' && name.otherwise instanceof UsageError) throw name.otherwise;
    throw error;
  }
}

export function outputFor(invocation: Invocation, { json = false, verbose = false }: CommonOptions): Output {
  return new Output(invocation, json, verbose);
}
