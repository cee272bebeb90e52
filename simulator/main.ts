#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Simulator } from './server';
import { startSimulator } from './server';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Flags {
  host: string;
  port: number;
  state?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be 0 to 65535.');
  return port;
}

function whyNot(error: unknown, { host, port }: Flags): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `port ${port} of ${host} is in use`;
  return error instanceof Error ? error.message : String(error);
}

function closeOnSignal(simulator: Simulator): void {
  // A terminal's Ctrl-C may come twice: from the terminal and passed on by a parent.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void simulator.close());
}

async function run(flags: Flags): Promise<void> {
  try {
    const { state, ...listening } = flags;
    const simulator = await startSimulator({ ...listening, ...(state !== undefined && { stateFile: state }) });
    closeOnSignal(simulator);
    console.log(
      `simulator listening on ${simulator.url} (VMC_API_URL=${simulator.apiUrl} VMC_CSP_URL=${simulator.cspUrl})`,
    );
  } catch (error) {
    console.error(`simulator cannot start: ${whyNot(error, flags)}`);
    process.exitCode = EXIT_FAILED;
  }
}

async function main(): Promise<void> {
  const command = new Command('simulator')
    .description('A VMC API and sign-in service to run against')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 picks one', parsePort, 8480)
    .option('--state <file>', 'keep tasks, calls, settings and access tokens in it over a restart')
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
