import { z } from 'zod';
import { taskSchema } from '../../domain/cancellation/task';
import type { StepToDo } from './plan';

/**
 * What `cancel-all --dry-run --json` prints of each task that it would cancel or follow: `start
 * --from-file` takes it.
 */
export const planDocumentSchema = z
  .strictObject({
    orgId: z.string(),
    taskId: z.string(),
    workflowId: z.string(),
    action: z
      .enum(['cancel', 'follow'])
      .meta({ description: 'follow: its cancellation runs already, and is only waited for' }),
    task: z.nullable(taskSchema).meta({ description: "null: it is followed, and not in the API's answer" }),
  })
  .meta({ title: 'Planned' });
export type PlanDocument = z.infer<typeof planDocumentSchema>;

export function planDocument({ ids, kind, task }: StepToDo): PlanDocument {
  return { ...ids, action: kind, task };
}
