import type { Environment } from '../domain/settings/environment';
import { parseHostAndPort, urlHost } from '../domain/settings/hostAndPort';
import { isLoopback } from '../domain/settings/loopback';
import { UsageError } from './usageError';

const UI_URL_VARIABLE = 'VMC_CANCEL_UI_URL';
const TEMPORAL_CLOUD = /\.(tmprl\.cloud|api\.temporal\.io)$/i;

/** The address of the Temporal UI, without a slash at its end; null where it is unknown. */
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
