import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { startDevServer } from './devServer';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Where the SDKs, the command line and the links into the UI look first. */
const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;

interface Flags {
  port: number;
  uiPort: number;
  dbFilename?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be 1 to 65535.');
  return port;
}

async function run({ port, uiPort, dbFilename }: Flags): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      stop.abort();
    });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  const database = dbFilename === undefined ? {} : { dbFile: dbFilename };
  try {
    const options = { ui: true, port, uiPort, searchAttributes, signal: stop.signal, ...database };
    const server = await startDevServer(options);
    const kept = dbFilename === undefined ? 'keeps its runs until it ends' : `keeps its runs in ${dbFilename}`;
    console.log(`Temporal on ${server.address}, its UI on ${server.uiUrl ?? ''}; it ${kept}, on Ctrl-C`);
    stop.signal.addEventListener('abort', () => void server.stop());
    if (stop.signal.aborted) await server.stop();
  } catch (error) {
    if (stop.signal.aborted) return;
    console.error(`Temporal cannot be started: ${whyNot(error, { port, uiPort })}`);
    process.exitCode = EXIT_FAILED;
  }
}

function whyNot(error: unknown, { port, uiPort }: Flags): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE') return message;
  return `port ${port} or ${uiPort} is in use. Another Temporal may run here; --port and --ui-port choose others`;
}

async function main(): Promise<void> {
  const command = new Command('temporal')
    .description('A Temporal server with its UI, on this machine and for it alone: to try things, not for production')
    .option('--port <port>', 'port of the server', parsePort, DEFAULT_PORT)
    .option('--ui-port <port>', 'port of its UI', parsePort, DEFAULT_UI_PORT)
    .option('--db-filename <file>', 'file that keeps its runs (default: memory)')
    .action(run)
    .exitOverride();
  try {
    await command.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
}

void main();
