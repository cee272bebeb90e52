import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');

/** Where our own settings are read. */
const READERS = [
  'domain/contract/names.ts',
  'vmc/configuration.ts',
  'worker/configuration.ts',
  'cli/organization.ts',
  'cli/uiLinks.ts',
];
/** Where Temporal's are. */
const TEMPORAL_READERS = [
  'temporal/settings.ts',
  'temporal/profile.ts',
  'cli/doctor/httpCheck.ts',
  'worker/configuration.ts',
];
/** Read in order to be refused. */
const REFUSED = ['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'];

/** The names of the environment variables that our own code reads. */
export function ownVariables(): Set<string> {
  return new Set(READERS.flatMap((file) => read(path.join(ROOT, file)).match(/\bVMC_[A-Z_]+\b/g) ?? []));
}

/** Those that decide how Temporal is reached. */
export function temporalVariables(): Set<string> {
  const named = TEMPORAL_READERS.flatMap((file) => read(path.join(ROOT, file)).match(/\bTEMPORAL_[A-Z_]+\b/g) ?? []);
  return new Set(named.filter((name) => !REFUSED.includes(name)));
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
