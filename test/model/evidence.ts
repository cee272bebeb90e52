/** All that a campaign knows when it is over. Instants are ms of one clock, that of the machine. */
export interface Evidence {
  cancellations: readonly StartedCancellation[];
  /**
   * In the order of arrival: the simulator's own log, and with the status null the calls that a
   * proxy kept from it.
   */
  calls: readonly LoggedCall[];
  /** One for each task that was to be cancelled, unless the API never had it. */
  tasks: readonly TaskTruth[];
  /** When nothing of ours could go on: no worker lived, or Temporal was away. */
  outages: readonly Span[];
  /** When the evidence was taken. */
  takenAtMs: number;
  /** The longest `Retry-After` that the campaign's faults asked for; 0 if they asked for none. */
  longestRetryAfterMs: number;
  /** What a crowd may add to a wait: in the worker's queue, by its limits, on a busy machine. */
  crowdMs: number;
}

export interface Span {
  fromMs: number;
  toMs: number;
}

/** One run, which has its task to itself. */
export interface StartedCancellation {
  workflowId: string;
  orgId: string;
  taskId: string;
  startedAtMs: number;
  /** With every accepted extension. */
  deadlineAtMs: number;
  onDeclined: 'return' | 'monitor' | 'retry';
  maxCancelRequests: number;
  poll: { minMs: number; maxMs: number; ratio: number };
  /** Accepted `reissueCancel` updates: each sends one on top of the budget. */
  operatorCancels: number;
  /** When an operator stopped the watch or cancelled the workflow; null: nobody did. */
  stoppedAtMs: number | null;
  /** When its histories have its last status read begin; null: it made none. */
  lastReadAtMs?: number | null;
  ending: RunEnding;
  /** Whether its histories hold a token that was in use. */
  hasLeaked?: boolean;
}

export type RunEnding =
  | { kind: 'result'; atMs: number; result: ResultDocument }
  /** The type of its application failure. */
  | { kind: 'failed'; atMs: number; type: string }
  /** Still running when the evidence was taken. */
  | { kind: 'open' }
  /** Terminated, timed out, or not to be found any more: `how` says which. */
  | { kind: 'gone'; how: string };

/** Of a result document, what is judged. */
export interface ResultDocument {
  outcome: string;
  alreadySettled: boolean;
  orgId: string;
  taskId: string;
  startedAt: string;
  acceptedAt: string | null;
  observedAt: string;
  cancelRequests: number;
  polls: number;
  task: { id: string; status: string } | null;
  declined: { httpStatus: number } | null;
}

export interface LoggedCall {
  /** ISO-8601 UTC: when it arrived. */
  at: string;
  operation: 'authorize' | 'getTask' | 'listTasks' | 'cancelTask';
  orgId: string | null;
  taskId: string | null;
  /** Null: no answer was sent. */
  status: number | null;
  /** A proxy sent the call once more: of the two, the one whose answer it threw away. */
  isCopy?: boolean;
  /** A fault answered in the API's place: with a 2xx as well, it says nothing about the task. */
  isForged?: boolean;
  /**
   * Its answer cannot be relied on to have reached the workflow: a proxy cut or held it, or the
   * worker was killed around then.
   */
  mayBeLost?: boolean;
}

export interface TaskTruth {
  orgId: string;
  taskId: string;
  /** At the end of the campaign, also where it can no longer be read. */
  status: string;
  /** When it came to that end; null while it goes on. */
  endedAtMs: number | null;
  /** From then on the API has no such task; null: never. */
  vanishedAtMs: number | null;
}

export interface Findings {
  started: number;
  right: number;
  /** Still running, and allowed to be. */
  open: number;
  /** An end that the truth or the log contradicts. */
  wrong: readonly Finding[];
  /** No end where there has to be one, or one that the contract does not know. */
  lost: readonly Finding[];
  /** The right end, later than the schedule allows. */
  late: readonly Finding[];
  /** Beside one of the others: more cancels than it may have answered. */
  overBudget: readonly Finding[];
  /** Beside one of the others: a token that was in use is in its histories. */
  leaked: readonly Finding[];
  calls: { cancels: number; reads: number; lists: number; aCancellation: number };
  /** From the end of the task to the verdict that tells it; null where there is none. */
  lagMs: { count: number; mean: number; median: number; p95: number; most: number } | null;
}

export interface Finding {
  workflowId: string;
  /** One sentence. */
  because: string;
}
