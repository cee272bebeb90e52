import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import { workflowBundle } from '../../worker/bundle';
import { WORKFLOW_BUNDLE_PATH } from './workflowBundle';

/** Once for the whole run: what takes seconds, and a download the first time on a machine, costs no single test its time limit. */
export default async function provideTemporal(): Promise<void> {
  await Promise.all([
    temporalExecutable('temporal'),
    temporalExecutable('temporal-test-server'),
    writeWorkflowBundle(),
  ]);
}

async function writeWorkflowBundle(): Promise<void> {
  const bundle = await workflowBundle();
  if (!('code' in bundle)) throw new Error('expected the workflows to be bundled from sources');
  await mkdir(path.dirname(WORKFLOW_BUNDLE_PATH), { recursive: true });
  // Another test run may be reading the one that is there.
  const unfinished = `${WORKFLOW_BUNDLE_PATH}.${process.pid}`;
  await writeFile(unfinished, bundle.code);
  await rename(unfinished, WORKFLOW_BUNDLE_PATH);
}
