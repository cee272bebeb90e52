import { cancelAccepted, cancelFailed, cancelRefused, cancelSent } from '../../domain/cancellation/cancelAnswers';
import { withOutcome } from '../../domain/cancellation/ending';
import {
  deadlineExtended,
  monitoringStopped,
  pollRequested,
  reissueRequested,
} from '../../domain/cancellation/operator';
import { readFailed, taskRead } from '../../domain/cancellation/readAnswers';
import { isKnownStarted } from '../../domain/cancellation/readHold';
import { cancelDueAtMs } from '../../domain/cancellation/reissue';
import type { Cancellation } from '../../domain/cancellation/state';
import { fromContinuedRun, newCancellation } from '../../domain/cancellation/state';
import type { CancelAnswer, ReadAnswer } from '../../domain/contract/answers';
import { unanswered } from '../../domain/contract/answers';
import type { CancelTaskSettings } from '../../domain/contract/input';
import { parseCancelTaskInput } from '../../domain/contract/input';
import { classifyCancel, classifyRead } from '../../vmc/api/classification';
import type { Answer, ApiTask, Habit, Move } from './api';
import { cancelMoves, drifts, httpAnswer, isOver, readMoves } from './api';
import type { Draw, Request, Setting } from './drawn';
import { drawOf } from './drawn';
import type { By, Conclusion, Facts, Observation, Rules } from './conclusions';
import {
  after,
  nothingYet,
  objectionToCall,
  objectionToCounts,
  objectionToEnd,
  objectionToGoingOn,
  objectionToLateness,
  objectionToWait,
} from './conclusions';

/** The pure core, driven as `workflows/run.ts` drives it, against the model of the API. */

const TASK_ID = '6f9c7a44-2f0e-4d0b-9a53-0c8f5d1e7b21';
/** As in `workflows/`: for the last answers, and for one activity. */
const IN_FLIGHT_LIMIT_MS = 12_000;
const ACTIVITY_LIMIT_MS = 11_000;
const MINUTE_MS = 60_000;

const settingsByInput = new Map<string, CancelTaskSettings>();

function settingsOf(input: object): CancelTaskSettings {
  const key = JSON.stringify(input);
  const known = settingsByInput.get(key);
  if (known !== undefined) return known;
  const parsed = parseCancelTaskInput({ orgId: 'org-1', taskId: TASK_ID, ...input });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  settingsByInput.set(key, parsed.value);
  return parsed.value;
}

const answersByKey = new Map<string, CancelAnswer | ReadAnswer>();

/** An answer as the workflow gets it, by way of the real classification. */
function classified(call: 'cancel' | 'read', answer: Answer): CancelAnswer | ReadAnswer {
  const key = call + JSON.stringify(answer);
  const known = answersByKey.get(key);
  if (known !== undefined) return known;
  const made = classifiedAnew(call, answer);
  answersByKey.set(key, made);
  return made;
}

function classifiedAnew(call: 'cancel' | 'read', answer: Answer): CancelAnswer | ReadAnswer {
  if (answer.kind === 'noSignIn')
    return { kind: 'failed', failure: { ...unanswered('Unavailable', 'no sign-in'), type: 'SignInUnavailable' } };
  if (answer.kind === 'noAnswer') {
    const type = answer.why === 'connection' ? 'Unavailable' : 'Timeout';
    return { kind: 'failed', failure: unanswered(type, answer.why) };
  }
  const http = httpAnswer(answer, TASK_ID);
  if (http === null) throw new Error(`${answer.kind} has no answer`);
  const classify = call === 'cancel' ? classifyCancel : classifyRead;
  return classify({ kind: 'answered', date: null, ...http }, TASK_ID, { host: 'model', nowMs: 0 });
}

interface InFlight {
  call: 'cancel' | 'read';
  by: By;
  alone: boolean;
  beganAtMs: number;
  endsAtMs: number;
  /** Null until it arrives. */
  answer: Answer | null;
  draw: Draw;
}

export class ObjectionError extends Error {
  override readonly name = 'ObjectionError';
}

/** More than any run of this test has: one with more has no bound. */
const MAX_EVENTS = 20_000;
const LAST_MS = 30 * 24 * 60 * MINUTE_MS;

export class ModelledRun {
  readonly observations: Observation[] = [];
  conclusion: Conclusion | null = null;
  private nowMs = 0;
  private used = 0;
  private events = 0;
  private state: Cancellation;
  private facts: Facts;
  private api: ApiTask;
  private readonly given: CancelTaskSettings;
  private readonly inFlight = new Set<InFlight>();
  private readonly operators: { request: Request; atMs: number }[] = [];
  private operatorCancelsWaiting = 0;
  private continuesAsNew = false;
  private readonly rules: Rules;

  constructor(
    private readonly setting: Setting,
    private readonly words: readonly number[],
  ) {
    this.given = settingsOf(setting.input);
    const { onDeclined, maxCancelRequests, pollPace: poll, deadlineMs } = this.given;
    this.rules = { onDeclined, maxCancelRequests, poll };
    this.state = newCancellation(this.given, 0);
    this.facts = nothingYet(0, deadlineMs);
    this.api = setting.task;
  }

  /** @throws ObjectionError as soon as the model objects to what the core does. */
  untilItEnds(): Conclusion {
    let lastAnswersByMs: number | null = null;
    while (this.state.ending === null) {
      if (this.state.stopped || this.isPastDeadline()) {
        const { deadlineAtMs } = this.state;
        lastAnswersByMs ??= this.nowMs + IN_FLIGHT_LIMIT_MS;
        if (!this.state.stopped) this.read({ alone: true, by: 'deadline' });
        this.passUntil(() => this.inFlight.size === 0, lastAnswersByMs);
        if (this.state.stopped) this.conclude('ABANDONED');
        else if (this.state.deadlineAtMs === deadlineAtMs) this.conclude('DEADLINE_EXCEEDED');
        else lastAnswersByMs = null;
      } else {
        this.startWhatIsDue();
        this.continueAsNewIfDrawn();
        this.nextEvent();
      }
    }
    this.passUntil(() => this.inFlight.size === 0, lastAnswersByMs ?? this.nowMs + IN_FLIGHT_LIMIT_MS);
    const conclusion = this.conclusion;
    if (conclusion === null) throw new Error('a run without a conclusion');
    this.object(objectionToLateness(this.facts, conclusion.atMs, this.nowMs));
    this.object(objectionToCounts(this.facts, this.state));
    this.object(this.untruth(conclusion));
    return conclusion;
  }

  /** Valid only while `this.facts` are still those of the decision. */
  private object(objection: string | null): void {
    if (objection !== null) throw new ObjectionError(`${objection}, at ${this.nowMs / 1_000} s`);
  }

  private observe(observation: Observation): void {
    this.observations.push(observation);
    this.facts = after(this.facts, observation);
  }

  private decide(next: Cancellation): void {
    this.state = next;
    if (next.ending === null) this.object(objectionToGoingOn(this.facts, this.rules));
    else if (this.conclusion === null) {
      const { ending } = next;
      this.conclusion = { ...ending, atMs: this.nowMs };
      this.object(objectionToEnd(this.facts, this.conclusion, this.rules));
    }
  }

  private conclude(outcome: 'ABANDONED' | 'DEADLINE_EXCEEDED'): void {
    this.decide(withOutcome(this.state, outcome, this.nowMs));
  }

  /** Whether the API knows better than its answers let it seem. */
  private untruth(conclusion: Conclusion): string | null {
    const told = conclusion.kind === 'outcome' ? conclusion.outcome : conclusion.type;
    const { status, isByUs } = this.api;
    if (told === 'CANCELED' || told === 'FINISHED' || told === 'FAILED')
      return told === status ? null : `${told}, and the task is ${status}`;
    return told === 'NOT_CANCELABLE' && isByUs && (status === 'CANCELING' || status === 'CANCELED')
      ? `NOT_CANCELABLE, and a cancel made the task ${status}`
      : null;
  }

  private isPastDeadline(): boolean {
    return this.nowMs >= this.state.deadlineAtMs;
  }

  private mayCall(): boolean {
    return this.state.ending === null && !this.state.stopped && !this.isPastDeadline();
  }

  private due(): { cancelAtMs: number; readAtMs: number } {
    const { cancelInFlight, operatorCancelsDue, nextReadAtMs } = this.state;
    const cancelAtMs = cancelInFlight || operatorCancelsDue > 0 ? null : cancelDueAtMs(this.state, this.given);
    const readAtMs = this.readsInFlight() > 0 ? null : nextReadAtMs;
    return { cancelAtMs: cancelAtMs ?? Infinity, readAtMs: readAtMs ?? Infinity };
  }

  private readsInFlight(): number {
    let count = 0;
    for (const { call } of this.inFlight) if (call === 'read') count += 1;
    return count;
  }

  private startWhatIsDue(): void {
    const { cancelAtMs, readAtMs } = this.due();
    if (cancelAtMs <= this.nowMs) this.cancel('run');
    if (readAtMs > this.nowMs) return;
    this.read({ alone: this.state.stage !== 'monitoring' || this.state.task === null, by: 'run' });
  }

  private continueAsNewIfDrawn(): void {
    if (!this.continuesAsNew || this.state.operatorCancelsDue > 0 || this.inFlight.size > 0) return;
    this.continuesAsNew = false;
    this.state = fromContinuedRun(this.given, JSON.parse(JSON.stringify(this.state)) as Cancellation);
  }

  private nextEvent(): void {
    const { state } = this;
    const due = this.due();
    if (this.inFlight.size === 0) this.object(objectionToWait(this.facts, due, this.rules));
    const waitMs = Math.max(Math.min(state.deadlineAtMs, due.cancelAtMs, due.readAtMs) - this.nowMs, 1);
    const hasTimer = this.inFlight.size === 0 || waitMs <= IN_FLIGHT_LIMIT_MS;
    this.passUntil(() => this.state !== state, hasTimer ? this.nowMs + waitMs : Infinity);
  }

  /** Lets time pass: calls end, operators come. */
  private passUntil(happened: () => boolean, untilMs: number): void {
    while (!happened()) {
      this.events += 1;
      if (this.events > MAX_EVENTS || this.nowMs > LAST_MS) this.object('it goes on without a bound');
      let next: InFlight | null = null;
      for (const one of this.inFlight) if (next === null || one.endsAtMs < next.endsAtMs) next = one;
      let operator: { request: Request; atMs: number } | null = null;
      for (const one of this.operators) if (operator === null || one.atMs < operator.atMs) operator = one;
      const atMs = Math.min(next?.endsAtMs ?? Infinity, operator?.atMs ?? Infinity);
      if (atMs > untilMs) {
        this.nowMs = untilMs;
        return;
      }
      if (atMs === Infinity) this.object('it waits without a bound');
      this.nowMs = Math.max(this.nowMs, atMs);
      if (operator !== null && operator.atMs === atMs) {
        this.operators.splice(this.operators.indexOf(operator), 1);
        this.operate(operator.request);
      } else if (next !== null) this.end(next);
      this.sendWaitingOperatorCancel();
    }
  }

  private operate(request: Request): void {
    if (this.state.ending !== null) return;
    const { nowMs, state } = this;
    switch (request) {
      case 'poll':
        this.state = pollRequested(state, nowMs, undefined);
        if (state.stage === 'requesting') this.firstCancel();
        else if (this.mayCall() && ![...this.inFlight].some(({ alone }) => alone))
          this.read({ alone: true, by: 'urged' });
        break;
      case 'reissue':
        this.state = reissueRequested(state, nowMs, undefined);
        if (state.stage === 'requesting') this.firstCancel();
        else {
          this.observe({ kind: 'askedForCancel', atMs: nowMs });
          this.operatorCancelsWaiting += 1;
        }
        break;
      case 'extend':
        this.extend(5 * MINUTE_MS);
        break;
      case 'extendBriefly':
        this.extend(10_000);
        break;
      case 'stop':
        if (state.stopped) break;
        this.observe({ kind: 'stopped', atMs: nowMs });
        this.state = monitoringStopped(state, nowMs, {});
        break;
    }
  }

  private extend(byMs: number): void {
    const deadlineAtMs = Math.min(this.state.deadlineAtMs + byMs, LAST_MS);
    this.observe({ kind: 'extended', atMs: this.nowMs, deadlineAtMs });
    this.state = deadlineExtended(this.state, { deadlineAtMs, requestedBy: undefined }, this.nowMs);
  }

  private firstCancel(): void {
    if (!this.state.cancelInFlight && this.mayCall()) this.cancel('urged');
  }

  private sendWaitingOperatorCancel(): void {
    if (this.operatorCancelsWaiting === 0 || !this.mayCall() || this.state.cancelInFlight) return;
    this.operatorCancelsWaiting -= 1;
    this.cancel('operator');
  }

  private cancel(by: By): void {
    const { nowMs: atMs } = this;
    this.begin('cancel', { by, alone: false });
    this.state = cancelSent(this.state, { operator: by === 'operator', atMs });
  }

  private read({ alone, by }: { alone: boolean; by: By }): void {
    this.begin('read', { by, alone });
  }

  private begin(call: 'cancel' | 'read', { by, alone }: { by: By; alone: boolean }): void {
    const { nowMs } = this;
    const sent = { kind: 'sent', call, by, atMs: nowMs } as const;
    this.object(objectionToCall(this.facts, sent, this.rules));
    this.observe(sent);
    const draw = drawOf(this.words[this.used] ?? 0);
    if (this.used === this.words.length && this.setting.endsAtLast) this.api = this.settled();
    this.used += 1;
    if (draw.operator) this.operators.push({ request: draw.operator.request, atMs: nowMs + draw.operator.afterMs });
    this.continuesAsNew ||= draw.continuesAsNew;
    const endsAtMs = Math.min(nowMs + draw.tookMs, Math.max(this.state.deadlineAtMs, nowMs + ACTIVITY_LIMIT_MS));
    const one: InFlight = { call, by, alone, beganAtMs: nowMs, endsAtMs, answer: null, draw };
    if (!draw.arrivesLate) one.answer = this.arrive(one);
    this.inFlight.add(one);
  }

  /** The API's end of the story, when nothing is drawn any more. */
  private settled(): ApiTask {
    const { api } = this;
    return isOver(api.status)
      ? api
      : { ...api, status: 'FAILED', before: api.status, changedAtMs: this.nowMs - MINUTE_MS };
  }

  /** The call comes to the API. */
  private arrive({ call, alone, draw }: InFlight): Answer {
    const { drift, move, estimate, retryAfter } = draw;
    const isListed = call === 'read' && !alone && isKnownStarted(this.state);
    const here = { atMs: this.nowMs, estimate, retryAfter, isListed };
    const drifted = drifts(this.api, this.nowMs);
    // Mostly, nothing happens in between.
    this.api = (drift % 2 === 0 ? drifted[0] : drifted[(drift >> 1) % drifted.length]) ?? this.api;
    const moves = call === 'cancel' ? cancelMoves(this.api, here) : readMoves(this.api, here);
    const habit = this.used === 1 ? this.setting.firstHabit : this.setting.habit;
    const chosen = this.used > this.words.length ? moves[0] : chosenOf(moves, habit, move);
    if (chosen === undefined) throw new Error('the API has no answer');
    this.api = chosen.task;
    return chosen.answer;
  }

  private end(one: InFlight): void {
    this.inFlight.delete(one);
    const { call, by, beganAtMs, draw } = one;
    const { nowMs: atMs, given, state } = this;
    const answer = one.answer ?? this.arrive(one);
    this.observe({ kind: 'answered', call, by, beganAtMs, atMs, answer });
    const heard = classified(call, answer);
    const { random } = draw;
    if (call === 'cancel') {
      const told = { atMs, operator: by === 'operator', random, othersInFlight: this.readsInFlight() > 0 };
      switch (heard.kind) {
        case 'accepted':
          this.decide(cancelAccepted(state, heard.task, told, given));
          break;
        case 'refused':
          this.decide(cancelRefused(state, heard.refusal, told, given));
          break;
        case 'failed':
          this.decide(cancelFailed(state, heard.failure, told));
          break;
        case 'task':
          throw new Error('a read answered a cancel');
      }
    } else {
      const told = { beganAtMs, atMs, random, othersInFlight: state.cancelInFlight || this.readsInFlight() > 0 };
      switch (heard.kind) {
        case 'task':
          this.decide(taskRead(state, heard.task, told, given));
          break;
        case 'failed':
          this.decide(readFailed(state, heard.failure, told, given));
          break;
        case 'accepted':
        case 'refused':
          throw new Error('a cancel answered a read');
      }
    }
  }
}

function chosenOf(moves: readonly Move[], habit: Habit, move: number): Move | undefined {
  const usual = move % 8 === 7 ? moves : moves.filter((one) => one.habit === habit);
  const among = usual.length === 0 ? moves : usual;
  return among[Math.floor(move / 8) % among.length];
}
