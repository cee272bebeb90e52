import { CancellationClient } from '../client/cancellationClient';
import { CancellationGroup } from '../client/cancellationGroup';
import { runUrl, uiUrl } from './uiLinks';
import { TemporalConnection } from '../temporal/connection';
import { environment, scrub, temporalSettings } from './environment';
import { Output } from './output/output';
import type { TaskName } from './taskName';
import { UsageError } from './usageError';

/** What the commands take: `org` only those that name tasks. */
export interface CommonOptions {
  org?: string;
  json?: boolean;
  verbose?: boolean;
}

/**
 * One call of the executable: what it is about, where it writes, and its connection for as long as
 * it runs.
 */
export interface Session {
  client: CancellationClient;
  /** For so many cancellations that are waited for together. */
  groupOf: (size: number) => CancellationGroup;
  output: Output;
  names: readonly TaskName[];
  /** The run in the Temporal UI, or null where nobody knows the UI's address. */
  linkOf: (run: { workflowId: string; runId: string }) => string | null;
}

/**
 * Does a command's work on a connection of its own, and leaves its exit code. What was typed is
 * checked before anything is reached.
 */
export async function inSession(
  names: readonly TaskName[],
  options: CommonOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  const output = outputFor(options);
  const temporal = await connected(names);
  const client = new CancellationClient(temporal);
  try {
    const ui = uiUrl(client.address, environment);
    const linkOf = (run: { workflowId: string; runId: string }) =>
      ui === null ? null : runUrl(ui, client.namespace, run);
    process.exitCode = await work({
      client,
      groupOf: (size) => new CancellationGroup(temporal, size),
      output,
      names,
      linkOf,
    });
  } finally {
    await client.close();
  }
}

/** A text that can hardly be a TASK is told as what is wrong, be Temporal there or not. */
async function connected(names: readonly TaskName[]): Promise<TemporalConnection> {
  try {
    return await TemporalConnection.open(temporalSettings);
  } catch (error) {
    for (const name of names)
      if (name.kind === 'workflow' && name.otherwise instanceof UsageError) throw name.otherwise;
    throw error;
  }
}

export function outputFor({ json = false, verbose = false }: CommonOptions): Output {
  return new Output(process.stdout, process.stderr, { environment, scrub }, json, verbose);
}
