import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { BundleOptions, WorkflowBundleOption } from '@temporalio/worker';

/** `.js` in `dist/`, `.ts` when run from sources. */
const EXTENSION = path.extname(__filename);
const WORKFLOWS = path.join(__dirname, '..', 'workflows');
const TEMPORAL = path.join(__dirname, '..', 'temporal');
const PREBUILT_BUNDLE = path.join(__dirname, 'workflow-bundle.js');

/** For what activities throw as well as for what workflows do. */
export const FAILURE_CONVERTER_PATH = path.join(TEMPORAL, `failureConverter${EXTENSION}`);

export const BUNDLE_OPTIONS: BundleOptions = {
  workflowsPath: path.join(WORKFLOWS, `index${EXTENSION}`),
  failureConverterPath: FAILURE_CONVERTER_PATH,
  payloadConverterPath: path.join(TEMPORAL, `payloadConverter${EXTENSION}`),
  preloadModules: [path.join(WORKFLOWS, `sandboxGlobals${EXTENSION}`)],
  // webpack logs every size and step at info; problems come as a warning, or as the error
  // that it throws.
  logger: new DefaultLogger('WARN'),
};

/**
 * The workflows as the worker takes them: built beforehand when it runs compiled, bundled now when
 * it runs from sources.
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  return EXTENSION === '.js' ? { codePath: PREBUILT_BUNDLE } : await bundleWorkflows();
}

async function bundleWorkflows(): Promise<{ code: string }> {
  return await bundleWorkflowCode(BUNDLE_OPTIONS);
}

async function writePrebuiltBundle(): Promise<void> {
  const { code } = await bundleWorkflows();
  writeFileSync(PREBUILT_BUNDLE, code);
}

if (require.main === module) void writePrebuiltBundle();
