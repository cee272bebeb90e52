import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { idSchema } from '../domain/ids';
import type { Parsed } from '../domain/input';
import { checked } from '../domain/input';
import { LiveFile } from './liveFile';

const text = z.string().trim().min(1);
/** HTTP Basic splits name and password at the first colon. */
const clientId = text.regex(/^[^:]+$/, { error: 'must hold no colon' });

const FORMS = '{"apiToken"}, {"apiTokenFile"}, {"clientId", "clientSecret"} or {"clientId", "clientSecretFile"}';

const credentialSchema = z.union(
  [
    z.strictObject({ apiToken: text }),
    z.strictObject({ apiTokenFile: text.meta({ description: 'The path of a file that holds the API token alone' }) }),
    z.strictObject({ clientId, clientSecret: text }),
    z.strictObject({
      clientId,
      clientSecretFile: text.meta({ description: 'The path of a file that holds the secret alone' }),
    }),
  ],
  { error: `must be one of ${FORMS}: texts, none of them empty, and no colon in a client id` },
);
/** What signs in for an organisation: an API token or an OAuth app, its secret given here or in a file. */
export type Credential = z.infer<typeof credentialSchema>;

export const credentialsFileSchema = z
  .strictObject({
    organizations: z
      .record(idSchema, credentialSchema)
      .optional()
      .meta({ description: 'By organisation id. A relative path is taken from the folder of this file' }),
    default: credentialSchema.optional().meta({ description: 'For every organisation that is not named' }),
  })
  .meta({ title: 'CredentialsFile' });
export type CredentialsFile = z.infer<typeof credentialsFileSchema>;

/** What the configuration found: the content of a credentials file, or the same without a file, from the environment. */
export interface CredentialSource {
  path: string | null;
  content: CredentialsFile;
}

/** What is presented to the sign-in service. */
export type Secret =
  { kind: 'apiToken'; apiToken: string } | { kind: 'oauthApp'; clientId: string; clientSecret: string };

export function parseCredentialsFile(fileText: string): Parsed<CredentialsFile> {
  let json: unknown;
  try {
    json = JSON.parse(fileText);
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a secret.
    return { ok: false, problems: ['is not valid JSON'] };
  }
  return checked(credentialsFileSchema, json);
}

export function parseSecretFile(fileText: string): Parsed<string> {
  const secret = fileText.trim();
  if (secret === '') return { ok: false, problems: ['is empty'] };
  if (/[\r\n]/.test(secret)) return { ok: false, problems: ['must hold the secret alone, on one line'] };
  return { ok: true, value: secret };
}

/** The secrets as they are now: files are looked at again at every use, so that a rotation needs no restart. */
export class Credentials {
  private readonly file: LiveFile<CredentialsFile> | null;
  private readonly folder: string;
  private readonly secretFiles = new Map<string, LiveFile<string>>();

  /** @param onProblem told of a file that went bad while its last good content stays in use. */
  constructor(
    private readonly source: CredentialSource,
    private readonly onProblem: (problem: string) => void,
  ) {
    const { path, content } = source;
    this.file = path === null ? null : new LiveFile(path, parseCredentialsFile, onProblem, content);
    this.folder = path === null ? '' : dirname(path);
  }

  /**
   * The secret of an organisation, or what somebody has to do so that there is one.
   * @param orgId null asks for the credentials that serve every organisation without its own.
   */
  async secretFor(orgId: string | null): Promise<Parsed<Secret>> {
    const content = (await this.file?.read()) ?? { ok: true, value: this.source.content };
    if (!content.ok) return content;
    const { organizations = {}, default: fallback } = content.value;
    const own = orgId !== null && Object.hasOwn(organizations, orgId) ? organizations[orgId] : undefined;
    const credential = own ?? fallback;
    return credential === undefined ? this.missing(orgId) : this.secretOf(credential);
  }

  private missing(orgId: string | null): Parsed<never> {
    if (this.source.path === null)
      return {
        ok: false,
        problems: ['There are no credentials: set VMC_API_TOKEN, VMC_CLIENT_ID or VMC_CREDENTIALS_FILE'],
      };
    const remedy = orgId === null ? 'add a "default"' : 'add it to "organizations", or add a "default"';
    const whose = orgId === null ? 'organisations that it does not name' : `organisation ${orgId}`;
    return { ok: false, problems: [`${this.source.path} has no credentials for ${whose}: ${remedy}`] };
  }

  private async secretOf(credential: Credential): Promise<Parsed<Secret>> {
    if ('apiToken' in credential) return apiTokenSecret({ ok: true, value: credential.apiToken });
    if ('apiTokenFile' in credential) return apiTokenSecret(await this.readSecret(credential.apiTokenFile));
    if ('clientSecret' in credential)
      return oauthAppSecret(credential.clientId, { ok: true, value: credential.clientSecret });
    return oauthAppSecret(credential.clientId, await this.readSecret(credential.clientSecretFile));
  }

  private async readSecret(path: string): Promise<Parsed<string>> {
    const fullPath = resolve(this.folder, path);
    const file = this.secretFiles.get(fullPath) ?? new LiveFile(fullPath, parseSecretFile, this.onProblem);
    this.secretFiles.set(fullPath, file);
    const read = await file.read();
    return read.ok
      ? read
      : { ok: false, problems: read.problems.map((problem) => `The secret's file ${fullPath} ${problem}`) };
  }
}

function apiTokenSecret(apiToken: Parsed<string>): Parsed<Secret> {
  return apiToken.ok ? { ok: true, value: { kind: 'apiToken', apiToken: apiToken.value } } : apiToken;
}

function oauthAppSecret(id: string, secret: Parsed<string>): Parsed<Secret> {
  return secret.ok ? { ok: true, value: { kind: 'oauthApp', clientId: id, clientSecret: secret.value } } : secret;
}
