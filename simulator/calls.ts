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

  constructor(private readonly onChange: (index: number, call: Call) => void) {}

  /** The log's own entry. */
  arrived(call: Call): Call {
    this.onChange(this.#calls.push(call) - 1, call);
    return call;
  }

  answered(call: Call, status: number): void {
    call.status = status;
    const index = this.#calls.lastIndexOf(call);
    if (index >= 0) this.onChange(index, call);
  }

  restore(index: number, call: Call): void {
    this.#calls[index] = call;
  }

  all(): readonly Call[] {
    return this.#calls;
  }

  clear(): void {
    this.#calls.length = 0;
  }
}
