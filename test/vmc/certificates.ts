import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificate {
  cert: string;
  key: string;
}

const FOLDER = path.join(__dirname, 'certificates');

/** The issuer of all certificates but the self-signed one: for `NODE_EXTRA_CA_CERTS`. */
export const AUTHORITY_FILE = path.join(FOLDER, 'authority.pem');

/**
 * For api.test, csp.test, localhost and 127.0.0.1, each of them; made by `certificates/make.sh`.
 */
export function certificate(name: 'good' | 'expired' | 'selfSigned'): Certificate {
  return { cert: read(name), key: read('key') };
}

function read(name: string): string {
  return readFileSync(path.join(FOLDER, `${name}.pem`), 'utf8');
}
