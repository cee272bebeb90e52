import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { startDevServer } from './devServer';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Where the SDKs, the command line and the links into the UI look first. */
const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
/** As far above the port of the server as on any Temporal server: 7243. */
const HTTP_PORT_DISTANCE = 10;

interface Flags {
  port: number;
  uiPort: number;
  httpPort?: number;
  dbFilename?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be 1 to 65535.');
  return port;
}

async function run({ port, uiPort, httpPort = port + HTTP_PORT_DISTANCE, dbFilename }: Flags): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      stop.abort();
    });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  const database = dbFilename === undefined ? {} : { dbFile: dbFilename };
  try {
    const options = { ui: true, port, uiPort, httpPort, searchAttributes, signal: stop.signal, ...database };
    const server = await startDevServer(options);
    const kept = dbFilename === undefined ? 'keeps its runs until it ends' : `keeps its runs in ${dbFilename}`;
    const { address, uiUrl, httpUrl } = server;
    console.log(`Temporal on ${address}, its UI on ${uiUrl ?? ''}, its HTTP API on ${httpUrl ?? ''}; it ${kept}`);
    stop.signal.addEventListener('abort', () => void server.stop());
    if (stop.signal.aborted) await server.stop();
  } catch (error) {
    if (stop.signal.aborted) return;
    console.error(`Temporal cannot be started: ${whyNot(error, { port, uiPort, httpPort })}`);
    process.exitCode = EXIT_FAILED;
  }
}

function whyNot(error: unknown, { port, uiPort, httpPort }: Required<Omit<Flags, 'dbFilename'>>): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE') return message;
  const ports = `port ${port} or ${uiPort} is in use, or ${httpPort} of its HTTP API`;
  return `${ports}. Another Temporal may run here; --port, --ui-port and --http-port choose others`;
}

async function main(): Promise<void> {
  const command = new Command('temporal')
    .description('A Temporal server with its UI, on this machine and for it alone: to try things, not for production')
    .option('--port <port>', 'port of the server', parsePort, DEFAULT_PORT)
    .option('--ui-port <port>', 'port of its UI', parsePort, DEFAULT_UI_PORT)
    .option(
      '--http-port <port>',
      `port of its HTTP API (default: that of the server + ${HTTP_PORT_DISTANCE})`,
      parsePort,
    )
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
