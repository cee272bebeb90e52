import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Parsed } from '../domain/contract/input';
import type { Environment } from '../domain/settings/environment';
import { cleanEnvironment } from '../domain/settings/environment';
import { Scrubber, secretsIn } from '../temporal/secrets';
import type { TemporalSettings } from '../temporal/settings';
import { readTemporalSettings } from '../temporal/settings';
import type { VmcConfiguration } from '../vmc/configuration';
import { readVmcConfiguration, vmcSecrets } from '../vmc/configuration';
import { EXIT_OK } from './exitCodes';

/** Where a command writes: a file, a pipe or a terminal, which has a size. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** Some terminals report a size of 0. */
export function sizeOf({ columns = 0, rows = 0 }: OutputStream): { columns: number; rows: number } {
  return {
    columns: columns > 0 ? columns : DEFAULT_SIZE.columns,
    rows: rows > 0 ? rows : DEFAULT_SIZE.rows,
  };
}

/** The part of a process that a command uses. */
export interface HostProcess {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean };
  stdout: OutputStream;
  stderr: OutputStream;
  /** Emits SIGINT. */
  signals: Pick<EventEmitter, 'once' | 'off'>;
}

/** One call of the command line. */
export interface Invocation extends Omit<HostProcess, 'env'> {
  environment: Environment;
  temporalSettings: Parsed<TemporalSettings>;
  /** Blanks every credential of the settings in a line. */
  scrub: (line: string) => string;
  /** Adds credentials for `scrub` to blank. */
  hide: (secrets: Iterable<string>) => void;
  /** Set by the command. */
  exitCode: number;
}

/** Reads the environment once: Temporal's profile file may be a pipe. */
export async function invocationIn({ env, stdin, stdout, stderr, signals }: HostProcess): Promise<Invocation> {
  const environment = cleanEnvironment(env);
  const temporalSettings = await readTemporalSettings(environment);
  const known = [...secretsIn(environment), ...(temporalSettings.ok ? temporalSettings.value.secrets : [])];
  let scrubber = new Scrubber(known);
  return {
    stdin,
    stdout,
    stderr,
    signals,
    environment,
    temporalSettings,
    scrub: (line) => scrubber.scrub(line),
    hide: (secrets) => {
      known.push(...secrets);
      scrubber = new Scrubber(known);
    },
    exitCode: EXIT_OK,
  };
}

/** Reads the `VMC_*` settings, and hides the credentials in the files that they name. */
export async function readVmcSettings({ environment, hide }: Invocation): Promise<Parsed<VmcConfiguration>> {
  const read = await readVmcConfiguration(environment);
  if (read.ok) hide(vmcSecrets(read.value));
  return read;
}
