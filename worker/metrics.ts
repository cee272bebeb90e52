import { version as sdkVersion } from '@temporalio/worker/package.json';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FAILURE_TYPES } from '../domain/cancellation/state';
import type { TroubleType } from '../domain/contract/answers';
import { TROUBLE_TYPES } from '../domain/contract/answers';
import { INVALID_INPUT } from '../domain/contract/names';
import type { Outcome } from '../domain/contract/result';
import { OUTCOMES } from '../domain/contract/result';
import { version } from '../package.json';
import type { AnswerClass, Operation, SignInResult } from '../vmc/api/observer';
import { ANSWER_CLASSES, OPERATIONS, SIGN_IN_RESULTS } from '../vmc/api/observer';
import type { OpenReason } from '../vmc/reads/observer';
import { OPEN_REASONS } from '../vmc/reads/observer';

/** From an answer at once to the longest deadline's order of magnitude. */
const UNTIL_VERDICT_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800];
const UNTIL_ACCEPTED_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];
/** Up to the time limit of a call. */
const REQUEST_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Gauges of the library that are named as counters; `promtool check metrics` refuses them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** The worker's own metrics, beside those of the SDK. No label has a task or an organization. */
export type Metrics = ReturnType<typeof createMetrics>;

/** @param troubles how many runs each type of trouble concerns at the time of a scrape */
export function createMetrics(troubles: () => ReadonlyMap<TroubleType, number>) {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'vmc_cancel_build_info',
    help: 'Always 1; the labels have the versions of this worker',
    labelNames: ['version', 'sdk', 'node'],
    registers,
  }).set({ version, sdk: sdkVersion, node: process.versions.node }, 1);
  const verdicts = new Counter({
    name: 'vmc_cancel_verdicts_total',
    help: 'Cancellations that ended in a verdict',
    labelNames: ['outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'vmc_cancel_failures_total',
    help: 'Cancellations that failed, without a verdict',
    labelNames: ['type'],
    registers,
  });
  const untilVerdict = new Histogram({
    name: 'vmc_cancel_time_to_verdict_seconds',
    help: 'From the start of a cancellation to its verdict',
    buckets: UNTIL_VERDICT_SECONDS,
    registers,
  });
  const untilAccepted = new Histogram({
    name: 'vmc_cancel_time_to_accepted_seconds',
    help: 'From the start of a cancellation to the first cancel that the API accepted',
    buckets: UNTIL_ACCEPTED_SECONDS,
    registers,
  });
  const requests = new Counter({
    name: 'vmc_cancel_api_requests_total',
    help: 'Requests to the VMC API, by what came of them: an HTTP status class, or none for no answer',
    labelNames: ['operation', 'class'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'vmc_cancel_api_request_duration_seconds',
    help: 'Time that a request to the VMC API took',
    labelNames: ['operation'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const signIns = new Counter({
    name: 'vmc_cancel_sign_ins_total',
    help: 'Sign-ins to the VMC API: accepted, refused, or failed for want of a usable answer',
    labelNames: ['result'],
    registers,
  });
  new Gauge({
    name: 'vmc_cancel_trouble',
    help: 'Cancellations of this worker that hear nothing from the VMC API, by what keeps them from it',
    labelNames: ['type'],
    registers,
    collect() {
      const counts = troubles();
      for (const type of TROUBLE_TYPES) this.set({ type }, counts.get(type) ?? 0);
    },
  });
  const reads = new Counter({
    name: 'vmc_cancel_shared_reads_total',
    help: 'Status reads that returned the task, by a list or by an individual read',
    labelNames: ['answered_by'],
    registers,
  });
  const lists = new Counter({
    name: 'vmc_cancel_list_calls_total',
    help: 'Task lists that were requested',
    registers,
  });
  const degraded = new Gauge({
    name: 'vmc_cancel_shared_reads_degraded',
    help: 'Organizations whose reads are individual for a while',
    labelNames: ['reason'],
    registers,
  });
  const pauses = new Counter({
    name: 'vmc_cancel_read_pauses_total',
    help: 'Times that the API told the reads of an organization to wait',
    registers,
  });

  const refuses = new Gauge({
    name: 'vmc_cancel_temporal_refuses',
    help: '1 while Temporal refuses the credentials of this worker',
    registers,
  });

  // A series that exists from the start differs from one that is never written.
  for (const outcome of OUTCOMES) verdicts.inc({ outcome }, 0);
  for (const type of [INVALID_INPUT, ...FAILURE_TYPES]) failures.inc({ type }, 0);
  for (const operation of OPERATIONS) {
    requestDuration.zero({ operation });
    for (const answerClass of ANSWER_CLASSES) requests.inc({ operation, class: answerClass }, 0);
  }
  for (const result of SIGN_IN_RESULTS) signIns.inc({ result }, 0);
  for (const answeredBy of ['list', 'single']) reads.inc({ answered_by: answeredBy }, 0);
  for (const reason of OPEN_REASONS) degraded.set({ reason }, 0);

  return {
    /** CPU, memory and event loop of this process, from now on. */
    watchProcess: () => {
      collectDefaultMetrics({ register: registry });
      for (const name of MISNAMED) registry.removeSingleMetric(name);
    },
    /** In the text format of Prometheus. */
    text: () => registry.metrics(),
    verdict: (outcome: Outcome, afterSeconds: number) => {
      verdicts.inc({ outcome });
      untilVerdict.observe(afterSeconds);
    },
    failed: (type: string) => {
      failures.inc({ type });
    },
    accepted: (afterSeconds: number) => {
      untilAccepted.observe(afterSeconds);
    },
    requested: (operation: Operation, answerClass: AnswerClass, tookSeconds: number) => {
      requests.inc({ operation, class: answerClass });
      requestDuration.observe({ operation }, tookSeconds);
    },
    temporalRefuses: (isRefused: boolean) => {
      refuses.set(isRefused ? 1 : 0);
    },
    signedIn: (result: SignInResult) => {
      signIns.inc({ result });
    },
    answered: (by: 'list' | 'single') => {
      reads.inc({ answered_by: by });
    },
    listed: () => {
      lists.inc();
    },
    degraded: (reason: OpenReason, by: 1 | -1) => {
      degraded.inc({ reason }, by);
    },
    paused: () => {
      pauses.inc();
    },
  };
}
