import * as z from 'zod/mini';
import { idSchema } from './ids';

/** Without an organization only the sign-in is tried. */
export const preflightInputSchema = z.strictObject({ orgId: z.optional(idSchema) });
export type PreflightInput = z.input<typeof preflightInputSchema>;
export type PreflightSettings = z.output<typeof preflightInputSchema>;
