import type { CancelAnswer, Failed, ReadAnswer } from '../../domain/contract/answers';
import { AccessTokens } from '../signIn/accessTokens';
import type { CallLimits } from './callLimits';
import { withinLimits } from './callLimits';
import type { CallTarget, TasksAnswer } from './classification';
import {
  classifyCancel,
  classifyList,
  classifyMissingSecret,
  classifyRead,
  isPlausibleApiAnswer,
  isUnexpectedSuccess,
} from './classification';
import type { VmcConfiguration } from '../configuration';
import { Credentials } from '../signIn/credentials';
import { parseHttpDateMs } from './httpDate';
import { wireFormsOf } from '../signIn/signIn';
import type { ApiObserver, Operation } from './observer';
import { answerClassOf } from './observer';
import type { Exchange } from './transport';
import { Transport } from './transport';

const MAX_TASK_BYTES = 1024 * 1024;
const MAX_LIST_BYTES = 32 * MAX_TASK_BYTES;

export interface TaskIds {
  orgId: string;
  taskId: string;
}

export interface TasksQuery {
  orgId: string;
  /** An OData filter such as `(status eq 'STARTED')`. */
  filter?: string;
  /** A longer answer is dropped. */
  maxAnswerBytes?: number;
}

/**
 * The VMC API. Each call ends in an answer, whatever happens, and rejects only with the reason of
 * the caller's own abort.
 */
export interface VmcClient {
  cancelTask(ids: TaskIds, limits: CallLimits): Promise<CancelAnswer>;
  getTask(ids: TaskIds, limits: CallLimits): Promise<ReadAnswer>;
  listTasks(query: TasksQuery, limits: CallLimits): Promise<TasksAnswer>;
  /**
   * Signs in for an organization; null uses the credentials of all organizations without their own.
   */
  signIn(orgId: string | null, limits: CallLimits): Promise<{ kind: 'signedIn' } | Failed>;
  /** Drops every connection, and the calls in flight with them. */
  close(): void;
}

export interface VmcClientOptions {
  configuration: VmcConfiguration;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /**
   * Receives problems to fix while calls go on, such as a bad credentials file. No secret in it.
   */
  onProblem?: (problem: string) => void;
  observer?: ApiObserver;
  /** Receives the API's time from every plausible answer that carries a `Date`. */
  onClock?: (reading: ClockReading) => void;
}

/**
 * The API's clock, and by our clock when the request left and the answer came. Ms since the epoch.
 */
export interface ClockReading {
  /** In whole seconds, as HTTP writes a date. */
  apiMs: number;
  askedAtMs: number;
  toldAtMs: number;
}

interface ApiCall<A> {
  operation: Operation;
  orgId: string;
  method: 'GET' | 'POST';
  path: string;
  maxAnswerBytes: number;
  classify: (exchange: Exchange, target: CallTarget) => A | Promise<A>;
}

interface Authorization {
  kind: 'authorized';
  accessToken: string;
  /** What was presented for it, and before it: a gateway may echo either. */
  presented: string[];
}

export function createVmcClient(options: VmcClientOptions): VmcClient {
  const { configuration, now = Date.now, onProblem = ignore, onClock = ignore, observer = null } = options;
  const { apiUrl, cspUrl } = configuration;
  const apiHost = new URL(apiUrl).host;
  const api = new Transport(configuration.apiProxy ?? null);
  const csp = new Transport(configuration.cspProxy ?? null);
  const credentials = new Credentials(configuration.credentials ?? { path: null, content: {} }, onProblem);
  const tokens = new AccessTokens({ url: cspUrl, transport: csp, now }, observer);

  async function authorize(
    orgId: string | null,
    rejected: string | null,
    signal: AbortSignal,
  ): Promise<Authorization | Failed> {
    const secret = await credentials.secretFor(orgId, signal);
    if (!secret.ok) return classifyMissingSecret(secret.problems, secret.hangs === true);
    const forms = wireFormsOf(secret.value);
    for (const form of forms) observer?.presented(form);
    const token = await tokens.get(secret.value, rejected, signal);
    if (token.kind === 'failed') return token;
    observer?.presented(token.accessToken);
    const presented = rejected === null ? forms : [rejected, ...forms];
    return { kind: 'authorized', accessToken: token.accessToken, presented };
  }

  async function send<A>(call: ApiCall<A>, { accessToken, presented }: Authorization, signal: AbortSignal): Promise<A> {
    const askedAtMs = now();
    const exchange = await api.send(
      {
        method: call.method,
        url: `${apiUrl}${call.path}`,
        headers: { 'csp-auth-token': accessToken },
        maxAnswerBytes: call.maxAnswerBytes,
        secrets: [accessToken, ...presented],
      },
      signal,
    );
    const toldAtMs = now();
    observer?.requested(call.operation, answerClassOf(exchange), toldAtMs - askedAtMs);
    const apiMs =
      exchange.kind === 'answered' && isPlausibleApiAnswer(exchange) ? parseHttpDateMs(exchange.date ?? '') : NaN;
    if (!Number.isNaN(apiMs)) onClock({ apiMs, askedAtMs, toldAtMs });
    return call.classify(exchange, { host: apiHost, nowMs: toldAtMs });
  }

  /**
   * One call, and one more with a new token if the API refused the first one's: a token may be
   * revoked before its time.
   */
  function perform<A extends { kind: string }>(call: ApiCall<A | Failed>, limits: CallLimits): Promise<A | Failed> {
    return withinLimits(limits, async (signal) => {
      const first = await authorize(call.orgId, null, signal);
      if (first.kind === 'failed') return unsent(first);
      const answer = await send(call, first, signal);
      if (!isUnauthorized(answer)) return answer;
      const second = await authorize(call.orgId, first.accessToken, signal);
      if (second.kind === 'failed') return unsent(second);
      return second.accessToken === first.accessToken ? answer : send(call, second, signal);
    });
  }

  return {
    cancelTask: (ids, limits) =>
      perform(
        {
          operation: 'cancelTask',
          orgId: ids.orgId,
          method: 'POST',
          path: `${taskPath(ids)}?action=cancel`,
          maxAnswerBytes: MAX_TASK_BYTES,
          classify: (exchange, target) => classifyCancel(exchange, ids.taskId, target),
        },
        limits,
      ),
    getTask: (ids, limits) =>
      perform(
        {
          operation: 'getTask',
          orgId: ids.orgId,
          method: 'GET',
          path: taskPath(ids),
          maxAnswerBytes: MAX_TASK_BYTES,
          classify: (exchange, target) => classifyRead(exchange, ids.taskId, target),
        },
        limits,
      ),
    listTasks: ({ orgId, filter, maxAnswerBytes = MAX_LIST_BYTES }, limits) =>
      perform(
        {
          operation: 'listTasks',
          orgId,
          method: 'GET',
          path: `${tasksPath(orgId)}${filter === undefined ? '' : `?$filter=${encodeURIComponent(filter)}`}`,
          maxAnswerBytes,
          classify: (exchange, target) => classifyList(exchange, orgId, target),
        },
        limits,
      ),
    signIn: (orgId, limits) =>
      withinLimits(limits, async (signal) => {
        const authorization = await authorize(orgId, null, signal);
        return authorization.kind === 'failed' ? authorization : { kind: 'signedIn' };
      }),
    close: () => {
      api.close();
      csp.close();
    },
  };
}

function ignore(): void {
  // No listener was given.
}

/** The 2xx of a sign-in is none to the call: a run would take its cancel for received. */
function unsent({ failure }: Failed): Failed {
  return { kind: 'failed', failure: isUnexpectedSuccess(failure) ? { ...failure, httpStatus: null } : failure };
}

function isUnauthorized(answer: { kind: string } | Failed): boolean {
  return 'failure' in answer && answer.failure.type === 'Unauthorized';
}

function tasksPath(orgId: string): string {
  return `/orgs/${encodeURIComponent(orgId)}/tasks`;
}

function taskPath({ orgId, taskId }: TaskIds): string {
  return `${tasksPath(orgId)}/${encodeURIComponent(taskId)}`;
}
