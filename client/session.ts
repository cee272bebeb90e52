import { CancellationClient } from './cancellationClient';
import type { CancellationIds } from './cancellationId';
import { runUrl, taskArguments, uiUrl } from './configuration';
import { TemporalConnection } from './connection';
import { environment, scrub, temporalSettings } from './environment';
import { Output } from './output';

/** What the commands take: `org` only those that name tasks. */
export interface CommonOptions {
  org?: string;
  json?: boolean;
  verbose?: boolean;
}

/** One call of the executable: what it is about, where it writes, and its connection for as long as it runs. */
export interface Session {
  client: CancellationClient;
  output: Output;
  tasks: CancellationIds[];
  /** The run in the Temporal UI, or null where nobody knows the UI's address. */
  linkOf: (run: { workflowId: string; runId: string }) => string | null;
}

/** Does a command's work on a connection of its own, and leaves its exit code. What was typed is checked before anything is reached. */
export async function inSession(
  taskTexts: readonly string[],
  options: CommonOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  const output = outputFor(options);
  const tasks = taskArguments(taskTexts, options.org, environment);
  const client = new CancellationClient(await TemporalConnection.open(temporalSettings));
  try {
    const ui = uiUrl(client.address, environment);
    const linkOf = (run: { workflowId: string; runId: string }) =>
      ui === null ? null : runUrl(ui, client.namespace, run);
    process.exitCode = await work({ client, output, tasks, linkOf });
  } finally {
    await client.close();
  }
}

export function outputFor({ json = false, verbose = false }: CommonOptions): Output {
  return new Output(process.stdout, process.stderr, { environment, scrub }, json, verbose);
}
