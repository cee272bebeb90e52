import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { run } from '../../development/run';
import { EXAMPLES } from './example';

const CACHE = path.join(__dirname, '..', '..', '.cache', 'python-examples');
const REQUIREMENTS = path.join(EXAMPLES, 'requirements.txt');
const PROBE_TIME_LIMIT_MS = 20_000;
const INSTALL_TIME_LIMIT_MS = 10 * 60_000;

/**
 * A folder with what the Python example requires, installed by the machine's own pip when it is not
 * there yet. A folder, because it takes no more than pip (a virtual environment takes a package of
 * its own on some systems), and can be put in its place in one step.
 *
 * @throws Error that says what is missing on this machine
 */
export async function pythonPackages(): Promise<string> {
  const python = await run('python3', ['-c', 'import sys; print(sys.version_info[:2], sys.platform)'], {
    env: process.env,
    timeLimitMs: PROBE_TIME_LIMIT_MS,
  });
  if (python.failure !== null)
    throw new Error(
      `docs/examples/start_cancellation.py is tested with python3, and it does not run: ${python.failure}`,
    );

  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const wanted = createHash('sha256').update(requirements).update(python.output).digest('hex').slice(0, 12);
  const packages = path.join(CACHE, wanted);
  if (await areInstalled(packages)) return packages;

  const unfinished = `${packages}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  const { failure } = await run('python3', [...pip, '--target', unfinished, '--requirement', REQUIREMENTS], {
    env: process.env,
    timeLimitMs: INSTALL_TIME_LIMIT_MS,
  });
  if (failure !== null) throw new Error(`pip cannot install docs/examples/requirements.txt: ${failure}`);
  // Another test run may have been faster; then its folder is as good.
  await rename(unfinished, packages).catch(() => rm(unfinished, { recursive: true }));
  return packages;
}

async function areInstalled(packages: string): Promise<boolean> {
  const { failure } = await run('python3', ['-c', 'import temporalio.client'], {
    env: { ...process.env, PYTHONPATH: packages },
    timeLimitMs: PROBE_TIME_LIMIT_MS,
  });
  return failure === null;
}
