import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { idSchema } from '../../domain/contract/ids';
import type { Parsed } from '../../domain/contract/input';
import { checked } from '../../domain/contract/input';
import { parseSecretFile, secretSchema } from '../../files/secret';
import type { FileRead } from './liveFile';
import { LiveFile } from './liveFile';

/** HTTP Basic splits name and password at the first colon. */
export const clientIdSchema = secretSchema.regex(/^[^:]+$/, { error: 'must hold no colon' });
const pathSchema = z
  .string()
  .trim()
  .min(1)
  .refine((path) => !/\p{Cc}/u.test(path), { error: 'must be a path without control characters' });

const FORMS = '{"apiToken"}, {"apiTokenFile"}, {"clientId", "clientSecret"} or {"clientId", "clientSecretFile"}';

const credentialSchema = z.union(
  [
    z.strictObject({ apiToken: secretSchema }),
    z.strictObject({
      apiTokenFile: pathSchema.meta({ description: 'The path of a file that holds the API token alone' }),
    }),
    z.strictObject({ clientId: clientIdSchema, clientSecret: secretSchema }),
    z.strictObject({
      clientId: clientIdSchema,
      clientSecretFile: pathSchema.meta({ description: 'The path of a file that holds the secret alone' }),
    }),
  ],
  { error: `must be one of ${FORMS}: texts of printable ASCII, none of them empty, and no colon in a client id` },
);
/**
 * What signs in for an organization: an API token or an OAuth app, its secret given here or in a
 * file.
 */
export type Credential = z.infer<typeof credentialSchema>;

export const credentialsFileSchema = z
  .strictObject({
    organizations: z
      .record(idSchema, credentialSchema)
      .optional()
      .meta({ description: 'By organization id. A relative path is taken from the folder of this file' }),
    default: credentialSchema.optional().meta({ description: 'For every organization that is not named' }),
  })
  .meta({ title: 'CredentialsFile' });
export type CredentialsFile = z.infer<typeof credentialsFileSchema>;

/**
 * What the configuration found: the content of a credentials file, or the same without a file, from
 * the environment.
 */
export interface CredentialSource {
  path: string | null;
  content: CredentialsFile;
  /** What the files that it names for secrets held at the start, by their full paths. */
  secretFiles?: ReadonlyMap<string, Parsed<string>>;
}

/** What is presented to the sign-in service. */
export type Secret =
  { kind: 'apiToken'; apiToken: string } | { kind: 'oauthApp'; clientId: string; clientSecret: string };

/** A lone surrogate: with the flag `u`, a pair is one character. */
const HALF_PAIR = /\p{Cs}/u;

export function parseCredentialsFile(fileText: string): Parsed<CredentialsFile> {
  let json: unknown;
  const texts: unknown[] = [];
  try {
    json = JSON.parse(fileText, (key, value: unknown) => {
      texts.push(key, value);
      return value;
    });
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a secret.
    return { ok: false, problems: ['is not valid JSON'] };
  }
  // Messages quote names and paths, and cannot carry it.
  if (texts.some((text) => typeof text === 'string' && HALF_PAIR.test(text)))
    return { ok: false, problems: ['holds half of a surrogate pair, such as "\\ud800"'] };
  return checked(credentialsFileSchema, json);
}

/** Base of relative paths: the credentials file's folder, or the process's own for variables. */
export function folderOf(credentialsPath: string | null): string {
  return credentialsPath === null ? '' : dirname(credentialsPath);
}

/** The credentials of a source, each organization's own and the one for all others. */
export function credentialsIn({ organizations = {}, default: fallback }: CredentialsFile): Credential[] {
  return [...Object.values(organizations), ...(fallback === undefined ? [] : [fallback])];
}

/** The file that a credential names for its secret, if it names one. */
export function secretFileOf(credential: Credential, folder: string): string | null {
  if ('apiTokenFile' in credential) return resolve(folder, credential.apiTokenFile);
  return 'clientSecretFile' in credential ? resolve(folder, credential.clientSecretFile) : null;
}

/**
 * The secrets as they are now: files are looked at again at every use, so that a rotation needs no
 * restart.
 */
export class Credentials {
  private readonly file: LiveFile<CredentialsFile> | null;
  private readonly folder: string;
  private readonly secretFiles = new Map<string, LiveFile<string>>();

  /** @param onProblem called for a bad file, also where its last good content stays in use. */
  constructor(
    private readonly source: CredentialSource,
    private readonly onProblem: (problem: string) => void,
  ) {
    const { path, content } = source;
    this.file = path === null ? null : new LiveFile(path, parseCredentialsFile, onProblem, content);
    this.folder = folderOf(path);
    for (const [secretPath, first] of source.secretFiles ?? []) {
      this.secretFiles.set(secretPath, this.secretFile(secretPath, first.ok ? first.value : null));
      if (!first.ok) onProblem(`${secretPath}: ${first.problems.join('; ')}. Whoever needs it is Unauthorized.`);
    }
  }

  /**
   * The secret of an organization, or the remedy where there is none.
   * @param orgId null asks for the credentials that serve every organization without its own.
   * @param signal ends the wait for a file that hangs. An abort of the caller's own rejects.
   */
  async secretFor(orgId: string | null, signal: AbortSignal): Promise<FileRead<Secret>> {
    const content = (await this.file?.read(signal)) ?? { ok: true, value: this.source.content };
    if (!content.ok) return content;
    const { organizations = {}, default: fallback } = content.value;
    const own = orgId !== null && Object.hasOwn(organizations, orgId) ? organizations[orgId] : undefined;
    const credential = own ?? fallback;
    return credential === undefined ? this.missing(orgId) : this.secretOf(credential, signal);
  }

  private missing(orgId: string | null): Parsed<never> {
    if (this.source.path === null)
      return {
        ok: false,
        problems: ['There are no credentials: set VMC_API_TOKEN, VMC_CLIENT_ID or VMC_CREDENTIALS_FILE'],
      };
    const remedy = orgId === null ? 'add a "default"' : 'add it to "organizations", or add a "default"';
    const whose = orgId === null ? 'organizations that it does not name' : `organization ${orgId}`;
    return { ok: false, problems: [`${this.source.path} has no credentials for ${whose}: ${remedy}`] };
  }

  private async secretOf(credential: Credential, signal: AbortSignal): Promise<FileRead<Secret>> {
    if ('apiToken' in credential) return apiTokenSecret({ ok: true, value: credential.apiToken });
    if ('apiTokenFile' in credential) return apiTokenSecret(await this.readSecret(credential.apiTokenFile, signal));
    if ('clientSecret' in credential)
      return oauthAppSecret(credential.clientId, { ok: true, value: credential.clientSecret });
    return oauthAppSecret(credential.clientId, await this.readSecret(credential.clientSecretFile, signal));
  }

  private async readSecret(path: string, signal: AbortSignal): Promise<FileRead<string>> {
    const fullPath = resolve(this.folder, path);
    const file = this.secretFiles.get(fullPath) ?? this.secretFile(fullPath, null);
    this.secretFiles.set(fullPath, file);
    const read = await file.read(signal);
    if (read.ok) return read;
    return { ...read, problems: read.problems.map((problem) => `The secret's file ${fullPath} ${problem}`) };
  }

  private secretFile(fullPath: string, content: string | null): LiveFile<string> {
    return new LiveFile(fullPath, parseSecretFile, this.onProblem, content);
  }
}

function apiTokenSecret(apiToken: FileRead<string>): FileRead<Secret> {
  return apiToken.ok ? { ok: true, value: { kind: 'apiToken', apiToken: apiToken.value } } : apiToken;
}

function oauthAppSecret(id: string, secret: FileRead<string>): FileRead<Secret> {
  return secret.ok ? { ok: true, value: { kind: 'oauthApp', clientId: id, clientSecret: secret.value } } : secret;
}
