import { z } from 'zod';
import { SECOND_MS } from '../../domain/contract/duration';
import type { TemporalConnection } from '../../temporal/connection';
import type { CheckResult } from './check';
import { failed, passed } from './check';

export const HTTP_URL_VARIABLE = 'TEMPORAL_HTTP_URL';

const TIME_LIMIT_MS = 5 * SECOND_MS;
const REMEDY = `Set ${HTTP_URL_VARIABLE} to Temporal's HTTP API, such as http://127.0.0.1:7243; Temporal Cloud has none`;

const namespaceSchema = z.object({ namespaceInfo: z.object({ id: z.string() }) });

/** Checks that Temporal's HTTP API answers at the URL, and is of the same Temporal. */
export async function httpCheck(text: string, temporal: TemporalConnection): Promise<CheckResult> {
  const { client, namespace } = temporal;
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null) return failed('temporalHttp', `${HTTP_URL_VARIABLE} is not an http or https URL`, REMEDY);
  // The value would be printed, and no call would send them.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return failed('temporalHttp', `${HTTP_URL_VARIABLE} has a user, a password or a query`, REMEDY);
  const address = url.href.replace(/\/+$/, '');
  try {
    const answer = await fetch(`${address}/api/v1/namespaces/${encodeURIComponent(namespace)}`, {
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
      redirect: 'error',
    });
    const described = namespaceSchema.safeParse(answer.ok ? await answer.json() : null);
    if (!described.success)
      return failed(
        'temporalHttp',
        `what answers at ${address} does not describe the namespace (${answer.status})`,
        REMEDY,
      );
    const { namespaceInfo } = await temporal.call(() => client.workflowService.describeNamespace({ namespace }));
    if (described.data.namespaceInfo.id !== namespaceInfo?.id)
      return failed('temporalHttp', `${address} is another Temporal than TEMPORAL_ADDRESS`, REMEDY);
    return passed('temporalHttp', `answers at ${address}`);
  } catch (error) {
    return failed('temporalHttp', new Error(`nothing usable answers at ${address}`, { cause: error }), REMEDY);
  }
}
