import { z } from 'zod';

export const settingsPatchSchema = z.strictObject({
  /** Of the access tokens issued from now on. */
  accessTokenTtlSeconds: z.number().positive().max(1_000_000_000).exactOptional(),
  /** The API tokens that sign-in accepts; null: any. */
  apiTokens: z.array(z.string().min(1)).nullable().exactOptional(),
  /** How long every answer takes on its way. */
  latencyMs: z.number().min(0).max(2_147_483_647).exactOptional(),
});
export type Settings = Required<z.infer<typeof settingsPatchSchema>>;

export const DEFAULT_SETTINGS: Settings = { accessTokenTtlSeconds: 1_799, apiTokens: null, latencyMs: 0 };
