import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { built } from '../environment/build';
import provideTemporal from '../environment/globalSetup';

const ROOT = path.join(__dirname, '..', '..');

/**
 * The build that the tests of workflows use, with one mutant of the bundle active: nothing of the
 * process's environment reaches the sandbox of a workflow.
 */
export default async function provideMutant(): Promise<void> {
  await shareExecutables();
  await provideTemporal();
  const code = await readFile(built('worker/workflow-bundle.js'), 'utf8');
  const folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-mutant-'));
  // What the bundle defines when it is loaded is frozen: it cannot count what a run covers.
  const mutant = `{
    activeMutant: ${JSON.stringify(process.env.__STRYKER_ACTIVE_MUTANT__)},
    mutantCoverage: { static: new Proxy({}, { set: () => true }), perTest: {} },
  }`;
  await mkdir(path.join(folder, 'worker'));
  await writeFile(path.join(folder, 'worker', 'workflow-bundle.js'), `globalThis.__stryker__ = ${mutant};\n${code}`);
  process.env.VMC_CANCEL_TEST_BUILD = folder;
}

/** The copy of the sources is below `.cache/`, beside the executables. */
async function shareExecutables(): Promise<void> {
  await mkdir(path.join(ROOT, '.cache'), { recursive: true });
  await symlink(path.join(ROOT, '..', '..', '..', 'temporal'), path.join(ROOT, '.cache', 'temporal')).catch(
    () => undefined,
  );
}
