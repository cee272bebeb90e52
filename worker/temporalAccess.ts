import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { NativeConnection } from '@temporalio/worker';
import type pino from 'pino';
import { SECOND_MS } from '../domain/contract/duration';
import type { TemporalSettings } from '../temporal/settings';
import { API_KEY_FILE, BETWEEN_REREADS_MS, placeOf, rereadCredentials } from '../temporal/settings';
import type { Silence } from './connect';
import { connectWithin, silenceOf } from './connect';

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
/** Within the time that a readiness probe usually waits. */
const READINESS_TIMEOUT_MS = 900;
/** Longer than the SDK repeats a call for, or its reason would not be known. */
const LOOK_TIMEOUT_MS = 15 * SECOND_MS;

interface Options {
  settings: TemporalSettings;
  connection: NativeConnection;
  log: pino.Logger;
  learnSecret: (secret: string) => void;
  /** Takes the place of the connection before, which is closed after it. */
  onConnection: (connection: NativeConnection) => void;
  /** Whether Temporal refuses the credentials, whenever that changes. */
  onRefused: (isRefused: boolean) => void;
}

/**
 * The worker's way to Temporal. The files of its credentials may be rewritten at any time: a
 * connection with the new ones replaces the one in use, once Temporal takes them.
 */
export class TemporalAccess {
  private settings: TemporalSettings;
  private current: NativeConnection;
  /** As of the latest look. */
  private silence: Silence | null = null;
  private reportedProblem: string | null = null;
  private readonly ended = new AbortController();

  constructor(private readonly options: Options) {
    this.settings = options.settings;
    this.current = options.connection;
  }

  get connection(): NativeConnection {
    return this.current;
  }

  /** Why Temporal does not take calls now; null if it does. */
  async silenceNow(): Promise<Silence | null> {
    return this.silence?.isRefusal === true ? this.silence : await this.probe(READINESS_TIMEOUT_MS);
  }

  /** Looks after the credentials until the end. */
  async follow(): Promise<void> {
    while (await this.pause()) await this.look();
  }

  end(): void {
    this.ended.abort();
  }

  private async pause(): Promise<boolean> {
    await sleep(BETWEEN_REREADS_MS, null, { signal: this.ended.signal }).catch(() => undefined);
    return !this.ended.signal.aborted;
  }

  private async look(): Promise<void> {
    const read = await rereadCredentials(this.settings);
    if (!read.ok) this.report(`${read.problems.join('; ')}. What was there before stays in use`);
    else if (isDeepStrictEqual(read.value, this.settings)) this.reportedProblem = null;
    else await this.renew(read.value);
    const silence = await this.probe(LOOK_TIMEOUT_MS);
    // A connection that was closed meanwhile is no news.
    if (!this.ended.signal.aborted) this.note(silence);
  }

  private async probe(timeoutMs: number): Promise<Silence | null> {
    return await silenceOf(this.current, this.settings.namespace, timeoutMs);
  }

  private async renew(settings: TemporalSettings): Promise<void> {
    settings.secrets.forEach(this.options.learnSecret);
    const attempt = await connectWithin(CONNECT_TIMEOUT_MS, settings);
    const silence =
      attempt.connection === null
        ? { isRefusal: false, reason: attempt.reason ?? 'no answer' }
        : await silenceOf(attempt.connection, settings.namespace, LOOK_TIMEOUT_MS);
    if (attempt.connection === null || (silence?.isRefusal === true && !this.isRefused())) {
      await attempt.connection?.close();
      this.report(
        `Temporal does not take the new credentials (${silence?.reason ?? 'no answer'}). The ones before stay in use`,
      );
      return;
    }
    const before = this.current;
    this.current = attempt.connection;
    this.settings = settings;
    this.options.onConnection(attempt.connection);
    // A worker that is stopping still uses it.
    await before.close().catch(() => undefined);
    this.reportedProblem = null;
    this.options.log.info('the credentials for Temporal were renewed from their files');
  }

  /** Says once what keeps the worker from Temporal, and once that it is over. */
  private note(silence: Silence | null): void {
    const before = this.silence;
    this.silence = silence;
    if (silence?.isRefusal === before?.isRefusal) return;
    const { log, onRefused } = this.options;
    onRefused(this.isRefused());
    const place = `Temporal at ${placeOf(this.settings)}`;
    if (silence === null)
      log.info(`${place} ${before?.isRefusal === true ? 'takes the credentials' : 'answers'} again`);
    else if (silence.isRefusal)
      log.error(
        { reason: silence.reason },
        `${place} refuses the worker's credentials: no cancellation goes on until it takes them. ${remedy(this.settings)}`,
      );
    else log.warn({ reason: silence.reason }, `${place} does not answer: no cancellation goes on until it does`);
  }

  private isRefused(): boolean {
    return this.silence?.isRefusal === true;
  }

  /** Once a fault, not once a look. */
  private report(problem: string): void {
    if (problem !== this.reportedProblem) this.options.log.warn(problem);
    this.reportedProblem = problem;
  }
}

/** The variables of credentials in files, which may be renewed without a restart. */
const FILE_VARIABLES = [API_KEY_FILE, 'TEMPORAL_TLS_CLIENT_CERT_PATH'];

function remedy({ credentialVariables }: TemporalSettings): string {
  const named = FILE_VARIABLES.filter((name) => name in credentialVariables);
  return named.length > 0
    ? `Write valid ones to the file of ${named.join(' and of ')}`
    : `Restart it with valid ones, best in a file: ${FILE_VARIABLES.join(' or ')}`;
}
