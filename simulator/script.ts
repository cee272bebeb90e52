import { z } from 'zod';

const durationMs = z.number().min(0);

/** A task's script. Durations count from creation, `settlesAfterMs` from the accepted cancel. */
export const scriptSchema = z.strictObject({
  onCancel: z.enum(['accept', 'ignore', 'decline']).default('accept'),
  cancelableAfterMs: durationMs.default(0),
  settlesAs: z.enum(['CANCELED', 'FINISHED', 'FAILED']).default('CANCELED'),
  settlesAfterMs: durationMs.default(3_000),
  endsAs: z.enum(['FINISHED', 'FAILED']).default('FINISHED'),
  /** null: never */
  endsAfterMs: durationMs.nullable().default(null),
  /** null: never */
  vanishesAfterMs: durationMs.nullable().default(null),
  estimate: z.enum(['good', 'none', 'stuck', 'wild']).default('good'),
});
export type Script = z.infer<typeof scriptSchema>;
