import { userInfo } from 'node:os';
import type { Environment } from '../domain/settings/environment';
import { parseHostAndPort, urlHost } from '../domain/settings/hostAndPort';
import { idSchema } from '../domain/contract/ids';
import { checked, MAX_REQUESTED_BY_CHARACTERS } from '../domain/contract/input';
import { isLoopback } from '../domain/settings/loopback';
import { quotedShort } from '../domain/text/printedText';
import { UsageError } from './usageError';

export const ORG_VARIABLE = 'VMC_ORG_ID';
const UI_URL_VARIABLE = 'VMC_CANCEL_UI_URL';

/** The organisation that `--org`, or else `VMC_ORG_ID`, names; null where neither does. */
export function organizationArgument(org: string | undefined, env: Environment): string | null {
  const orgId = namedOrganization(org, env);
  if (!orgId) return null;
  const parsed = checked(idSchema, orgId);
  if (parsed.ok) return parsed.value;
  throw new UsageError(
    parsed.problems.map((problem) => problem.replace('input', `--org ${quotedShort(orgId)}`)).join('; '),
  );
}

export function namedOrganization(org: string | undefined, env: Environment): string | undefined {
  return org ?? env[ORG_VARIABLE];
}

const TEMPORAL_CLOUD = /\.(tmprl\.cloud|api\.temporal\.io)$/i;

/** Where the Temporal UI is, without a slash at its end, or null where nobody knows. */
export function uiUrl(address: string, env: Environment): string | null {
  const configured = env[UI_URL_VARIABLE];
  if (configured) {
    if (!/^https?:\/\//i.test(configured) || !URL.canParse(configured))
      throw new UsageError(`${UI_URL_VARIABLE} must be an http or https URL such as http://localhost:8233`);
    return configured.replace(/\/+$/, '');
  }
  const host = parseHostAndPort(address)?.host ?? '';
  if (isLoopback(urlHost(host))) return 'http://localhost:8233';
  if (TEMPORAL_CLOUD.test(host)) return 'https://cloud.temporal.io';
  return null;
}

export function runUrl(ui: string, namespace: string, run: { workflowId: string; runId: string }): string {
  const [inNamespace, id, runId] = [namespace, run.workflowId, run.runId].map(encodeURIComponent);
  return `${ui}/namespaces/${inNamespace}/workflows/${id}/${runId}`;
}

/**
 * Who asks, unless somebody else is named; undefined for a user without a name, as a container may
 * have.
 */
export function userName(): string | undefined {
  try {
    return Array.from(userInfo().username).slice(0, MAX_REQUESTED_BY_CHARACTERS).join('') || undefined;
  } catch {
    return undefined;
  }
}
