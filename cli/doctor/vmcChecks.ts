import type { CallFailure } from '../../domain/contract/answers';
import { SECOND_MS } from '../../domain/contract/duration';
import type { Parsed } from '../../domain/contract/input';
import { RUNNING_FILTER } from '../../vmc/api/access';
import { isUnexpectedSuccess } from '../../vmc/api/classification';
import type { ClockReading, VmcClient } from '../../vmc/api/client';
import { createVmcClient } from '../../vmc/api/client';
import type { VmcConfiguration } from '../../vmc/configuration';
import type { Proxy } from '../../domain/settings/proxy';
import { proxyName } from '../../domain/settings/proxy';
import type { CheckResult } from './check';
import { failed, passed, skipped } from './check';
import { clockCheck } from './clockCheck';

interface Scope {
  /** null: every organization with credentials of its own, and the default credentials. */
  orgId: string | null;
  /** Check even without credentials. */
  api: boolean;
}

const CALL_TIME_LIMIT_MS = 15 * SECOND_MS;
const NONE_HERE = 'no VMC credentials in this environment';

/** Whether a worker with these settings could sign in and call the VMC API. */
export async function* vmcChecks(
  settings: Parsed<VmcConfiguration>,
  { orgId, api }: Scope,
): AsyncGenerator<CheckResult, void, undefined> {
  if (!settings.ok) {
    yield failed('vmcSettings', settings.problems.join('; '), 'Correct that variable or file');
    yield* apiSkipped('the settings cannot be read');
    return;
  }
  const configuration = settings.value;
  if (configuration.credentials === null && !api) {
    yield skipped('vmcSettings', NONE_HERE);
    yield* apiSkipped(NONE_HERE);
    return;
  }
  const { apiUrl, cspUrl, apiProxy, cspProxy } = configuration;
  yield passed('vmcSettings', `the API is ${wayTo(apiUrl, apiProxy)}, sign-in ${wayTo(cspUrl, cspProxy)}`);
  const readings: ClockReading[] = [];
  const vmc = createVmcClient({
    configuration,
    onClock: (reading) => {
      readings.push(reading);
    },
  });
  try {
    for (const one of orgId === null ? organizationsIn(configuration) : [orgId]) yield* organizationChecks(vmc, one);
    yield clockCheck(readings);
  } finally {
    vmc.close();
  }
}

function wayTo(url: string, proxy: Proxy | null | undefined): string {
  return proxy ? `${url} through the ${proxyName(proxy)}` : url;
}

function* apiSkipped(why: string): Generator<CheckResult, void, undefined> {
  yield skipped('vmcSignIn', why);
  yield skipped('vmcApi', why);
  yield skipped('clock', why);
}

function organizationsIn({ credentials }: VmcConfiguration): (string | null)[] {
  const { organizations = {}, default: fallback } = credentials?.content ?? {};
  const named = Object.keys(organizations);
  return named.length === 0 || fallback !== undefined ? [...named, null] : named;
}

async function* organizationChecks(vmc: VmcClient, orgId: string | null): AsyncGenerator<CheckResult, void, undefined> {
  const limits = { signal: new AbortController().signal, timeLimitMs: CALL_TIME_LIMIT_MS };
  const whose = orgId === null ? 'organizations without credentials of their own' : `org ${orgId}`;
  const signIn = await vmc.signIn(orgId, limits);
  if (signIn.kind === 'failed') {
    yield failed('vmcSignIn', `${whose}: ${signIn.failure.message}`, vmcRemedy(signIn.failure));
    yield skipped('vmcApi', `sign-in failed for ${whose}`);
    return;
  }
  yield passed('vmcSignIn', `works for ${whose}`);
  if (orgId === null) {
    yield skipped('vmcApi', 'no organization is named', 'Name one with --org or VMC_ORG_ID');
    return;
  }
  const answer = await vmc.listTasks({ orgId, filter: RUNNING_FILTER }, limits);
  if (answer.kind === 'failed')
    yield failed('vmcApi', `${whose}: ${answer.failure.message}`, vmcRemedy(answer.failure));
  else yield passed('vmcApi', `answers for ${whose}`);
}

const SET_API_URL = 'Set VMC_API_URL to the address of the VMC API';
const OR_WAIT = 'open the way to it, or wait until it is back';

function vmcRemedy(failure: CallFailure): string {
  if (failure.remedy !== undefined) return failure.remedy;
  const strange = isUnexpectedSuccess(failure);
  switch (failure.type) {
    case 'Unauthorized':
      return 'Set VMC_API_TOKEN, or VMC_CLIENT_ID and its secret, or VMC_CREDENTIALS_FILE to what is valid in this organization';
    case 'Forbidden':
      return 'Give these credentials a role in this organization that may see and cancel tasks';
    case 'SignInUnavailable':
      return strange ? 'Set VMC_CSP_URL to the address of the sign-in service' : `Set VMC_CSP_URL, ${OR_WAIT}`;
    case 'RateLimited':
    case 'Timeout':
    case 'Unavailable':
      return strange ? SET_API_URL : `Set VMC_API_URL, ${OR_WAIT}`;
    case 'TaskNotFound':
    case 'VmcApiError':
      return SET_API_URL;
  }
}
