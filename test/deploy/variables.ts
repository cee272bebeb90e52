import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');

/** Where our own settings are read. */
const READERS = ['domain/names.ts', 'vmc/configuration.ts', 'worker/configuration.ts', 'client/configuration.ts'];
/** The library that reads Temporal's. */
const TEMPORAL_READER = path.join(path.dirname(require.resolve('@temporalio/envconfig/package.json')), 'lib');

/** The names of the environment variables that our own code reads. */
export function ownVariables(): Set<string> {
  return new Set(READERS.flatMap((file) => read(path.join(ROOT, file)).match(/\bVMC_[A-Z_]+\b/g) ?? []));
}

/** Those that decide how Temporal is reached. */
export function temporalVariables(): Set<string> {
  const sources = readdirSync(TEMPORAL_READER).filter((file) => file.endsWith('.js'));
  return new Set(
    sources.flatMap((file) => read(path.join(TEMPORAL_READER, file)).match(/\bTEMPORAL_[A-Z_]+\b/g) ?? []),
  );
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
