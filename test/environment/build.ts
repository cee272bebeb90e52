import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { transform } from '@swc/core';
import { include as shipped } from '../../tsconfig.build.json';

const ROOT = path.join(__dirname, '..', '..');
const BUILDS = path.join(ROOT, '.cache', 'test');
/** The demo and the server to try things with start the executables of the build. */
const FOLDERS = [...shipped, 'development'];
const DAY_MS = 86_400_000;
/** Set by jest's global setup, and inherited by its workers. */
const BUILD_VARIABLE = 'VMC_CANCEL_TEST_BUILD';

/** A file of the build that this run tests, such as `cli/main.js`. */
export function built(file: string): string {
  const build = process.env[BUILD_VARIABLE];
  if (build === undefined) throw new Error('there is no build to test: jest has to run with its global setup');
  return path.join(build, file);
}

/**
 * Compiles the sources once for the whole run: starting the executables through tsx takes three
 * times the CPU. The name of the build is a hash of all that goes into it, so that a build is never
 * older than its sources, and two runs do not disturb each other.
 */
export default async function provideBuild(): Promise<void> {
  const sources = await readSources();
  const hash = createHash('sha256').update(process.version);
  for (const file of ['package-lock.json', path.relative(ROOT, __filename)])
    hash.update(await readFile(path.join(ROOT, file)));
  for (const { file, text } of sources) hash.update(`\n${file}\n${text}`);
  const build = path.join(BUILDS, hash.digest('hex').slice(0, 16));
  if (!existsSync(build)) await compile(sources, build);
  process.env[BUILD_VARIABLE] = build;
}

interface Source {
  file: string;
  text: string;
}

async function readSources(): Promise<Source[]> {
  const folders = await Promise.all(
    FOLDERS.map(async (folder) =>
      (await readdir(path.join(ROOT, folder), { recursive: true })).map((file) => path.join(folder, file)),
    ),
  );
  const files = ['package.json', ...folders.flat().filter((file) => file.endsWith('.ts'))].sort();
  return await Promise.all(files.map(async (file) => ({ file, text: await readFile(path.join(ROOT, file), 'utf8') })));
}

async function compile(sources: readonly Source[], build: string): Promise<void> {
  const unfinished = `${build}.${process.pid}`;
  for (const { file, text } of sources) {
    const isSource = file.endsWith('.ts');
    const target = path.join(unfinished, isSource ? file.replace(/\.ts$/, '.js') : file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, isSource ? await compiled(file, text) : text);
  }
  await mkdir(path.join(unfinished, '.cache'));
  await symlink(path.join(ROOT, '.cache', 'temporal'), path.join(unfinished, '.cache', 'temporal'));
  await promisify(execFile)(process.execPath, [path.join(unfinished, 'worker', 'bundle.js')], { cwd: ROOT });
  // Another run may have been faster; then its build is as good.
  await rename(unfinished, build).catch(() => rm(unfinished, { recursive: true }));
  await removeOldBuilds();
}

async function compiled(file: string, text: string): Promise<string> {
  const { code } = await transform(text, {
    filename: file,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  return code;
}

async function removeOldBuilds(): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const build = path.join(BUILDS, name);
    if (Date.now() - (await stat(build)).mtimeMs > DAY_MS) await rm(build, { recursive: true });
  }
}
