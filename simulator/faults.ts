import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import type { Answer } from './answer';
import type { Operation } from './calls';
import { OPERATIONS } from './calls';

/** Node refuses to send what this refuses. */
function isSendable(headers: Record<string, string>): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return true;
  } catch {
    return false;
  }
}

const headersSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.number()]).transform((value) => String(value)),
  )
  .refine(isSendable, { error: 'has a name or a value that HTTP does not allow' });

/**
 * What the next `times` matching calls meet: the given answer, if there is a `status` or a `body`;
 * a dropped connection; or only a delay before the normal answer. A fault stands for a gateway: a
 * call that it answers or drops never reaches the service.
 */
export const faultSchema = z
  .strictObject({
    operation: z.enum(OPERATIONS).optional(),
    taskId: z.string().min(1).optional(),
    times: z.int().min(1),
    status: z.int().min(200).max(599).optional(),
    headers: headersSchema.optional(),
    body: z.json().optional(),
    delayMs: z.number().min(0).max(2_147_483_647).optional(),
    drop: z.boolean().optional(),
  })
  .superRefine(({ status, headers, body, delayMs, drop }, context) => {
    const answers = status !== undefined || body !== undefined;
    if (drop === true && (answers || headers !== undefined))
      context.addIssue({
        code: 'custom',
        path: ['drop'],
        message: 'a dropped connection has no status, headers or body',
      });
    else if (headers !== undefined && !answers)
      context.addIssue({ code: 'custom', path: ['headers'], message: 'need a status or a body to go with' });
    else if (!answers && drop !== true && delayMs === undefined)
      context.addIssue({ code: 'custom', message: 'needs a status, a body, a delayMs or a drop' });
  });
export type FaultSettings = z.infer<typeof faultSchema>;

export type FaultEffect = { kind: 'answer'; answer: Answer } | { kind: 'drop' } | { kind: 'none' };

export interface Fault {
  delayMs: number;
  effect: FaultEffect;
}

const NO_FAULT: Fault = { delayMs: 0, effect: { kind: 'none' } };

function effectOf({ status, headers, body, drop }: FaultSettings): FaultEffect {
  if (drop === true) return { kind: 'drop' };
  if (status === undefined && body === undefined) return { kind: 'none' };
  return { kind: 'answer', answer: { status: status ?? 200, headers: headers ?? {}, body } };
}

interface PendingFault {
  operation: Operation | undefined;
  taskId: string | undefined;
  timesLeft: number;
  fault: Fault;
}

/** The faults still to come. Where several match a call, the oldest is used up first. */
export class Faults {
  readonly #pending = new Set<PendingFault>();
  #added = 0;

  add(settings: FaultSettings): string {
    const { operation, taskId, times, delayMs } = settings;
    const fault = { delayMs: delayMs ?? 0, effect: effectOf(settings) };
    this.#pending.add({ operation, taskId, timesLeft: times, fault });
    this.#added += 1;
    return `fault-${this.#added}`;
  }

  /** The fault that this call meets, one of its times used up. */
  take(operation: Operation, taskId: string | null): Fault {
    for (const pending of this.#pending) {
      if (pending.operation !== undefined && pending.operation !== operation) continue;
      if (pending.taskId !== undefined && pending.taskId !== taskId) continue;
      pending.timesLeft -= 1;
      if (pending.timesLeft === 0) this.#pending.delete(pending);
      return pending.fault;
    }
    return NO_FAULT;
  }

  clear(): void {
    this.#pending.clear();
  }
}
