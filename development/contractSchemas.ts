import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import {
  checkDocumentSchema,
  errorDocumentSchema,
  failureDocumentSchema,
  listingDocumentSchema,
  pausedDocumentSchema,
  stuckDocumentSchema,
  setupDocumentSchema,
  startedDocumentSchema,
} from '../cli/documents';
import { planDocumentSchema } from '../cli/cancelAll/planDocument';
import { cancelTaskInputSchema } from '../domain/contract/input';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../domain/contract/result';
import { credentialsFileSchema } from '../vmc/signIn/credentials';

/**
 * The JSON Schemas of the contract and of what the command line prints, for programs in other
 * languages: file name → schema, generated from the code that checks the same values.
 */
export function contractSchemas(): Record<string, unknown> {
  return {
    'cancel-task-input.schema.json': z.toJSONSchema(cancelTaskInputSchema, { io: 'input' }),
    'cancel-task-result.schema.json': z.toJSONSchema(cancelTaskResultSchema),
    'cancel-task-progress.schema.json': z.toJSONSchema(cancelTaskProgressSchema),
    'credentials-file.schema.json': z.toJSONSchema(credentialsFileSchema, { io: 'input' }),
    'cli-started.schema.json': z.toJSONSchema(startedDocumentSchema),
    'cli-listing.schema.json': z.toJSONSchema(listingDocumentSchema),
    'cli-check.schema.json': z.toJSONSchema(checkDocumentSchema),
    'cli-setup.schema.json': z.toJSONSchema(setupDocumentSchema),
    'cli-paused.schema.json': z.toJSONSchema(pausedDocumentSchema),
    'cli-stuck.schema.json': z.toJSONSchema(stuckDocumentSchema),
    'cli-failure.schema.json': z.toJSONSchema(failureDocumentSchema),
    'cli-error.schema.json': z.toJSONSchema(errorDocumentSchema),
    'cli-planned.schema.json': z.toJSONSchema(planDocumentSchema),
  };
}

export const CONTRACT_FOLDER = path.join(__dirname, '..', 'docs', 'contract');

if (require.main === module)
  for (const [name, schema] of Object.entries(contractSchemas()))
    writeFileSync(path.join(CONTRACT_FOLDER, name), `${JSON.stringify(schema, null, 2)}\n`);
