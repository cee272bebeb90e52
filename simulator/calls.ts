export const OPERATIONS = ['authorize', 'getTask', 'listTasks', 'cancelTask'] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface Call {
  /** ISO-8601 UTC: when it arrived. */
  at: string;
  operation: Operation;
  method: string;
  /** With the query for an API call, without it for a sign-in: there it may hold a token. */
  path: string;
  orgId: string | null;
  taskId: string | null;
  /**
   * null until an answer is sent, and for good if the connection was dropped or closed by the
   * client.
   */
  status: number | null;
}

/** Every API and sign-in call, in the order of arrival, whatever became of it. */
export class Calls {
  readonly #calls: Call[] = [];

  /** The log's own entry: its status is set when the answer is sent. */
  record(call: Call): Call {
    this.#calls.push(call);
    return call;
  }

  all(): readonly Call[] {
    return this.#calls;
  }

  clear(): void {
    this.#calls.length = 0;
  }
}
