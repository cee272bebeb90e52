import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../../development/run';
import { ROOT } from './variables';

const HASH = 'abcdef0123456789abcdef0123456789abcdef01';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stamp-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A project with its script and its build. */
function project(root = folder): string {
  for (const name of ['scripts', 'dist']) mkdirSync(path.join(root, name), { recursive: true });
  copyFileSync(path.join(ROOT, 'scripts/stampVersion.js'), path.join(root, 'scripts/stampVersion.js'));
  for (const file of ['package.json', 'dist/package.json'])
    writeFileSync(path.join(root, file), JSON.stringify({ name: 'x', version: '1.2.3' }));
  return root;
}

function git(...args: string[]): string {
  const own = ['-c', 'user.name=x', '-c', 'user.email=x@x.invalid'];
  return execFileSync('git', [...own, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

/** @returns the short hash */
function committed(): string {
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'x');
  return git('rev-parse', '--short=12', 'HEAD');
}

async function stamped(root: string, variables: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, HOME: folder, ...variables };
  const script = path.join(root, 'scripts/stampVersion.js');
  const { failure } = await run(process.execPath, [script], { env, timeLimitMs: 20_000 });
  const { version } = JSON.parse(readFileSync(path.join(root, 'dist/package.json'), 'utf8')) as { version: string };
  return { version, failure };
}

describe('the version of a build', () => {
  it('has the commit of the repository, whatever else is set', async () => {
    const root = project();
    const hash = committed();
    git('tag', 'v9');
    const elsewhere = { REVISION: HASH, GIT_DIR: path.join(ROOT, '.git') };
    expect(await stamped(root, elsewhere)).toEqual({ version: `1.2.3-${hash}`, failure: null });
    // The stamp itself changed a file of this repository.
    expect(await stamped(root)).toEqual({ version: `1.2.3-${hash}-dirty`, failure: null });
  });

  it('has REVISION where there is no repository', async () => {
    const root = project();
    expect(await stamped(root)).toEqual({ version: '1.2.3', failure: null });
    expect((await stamped(root, { REVISION: '' })).version).toBe('1.2.3');
    expect((await stamped(root, { REVISION: `${HASH}-dirty` })).version).toBe('1.2.3-abcdef012345-dirty');
    expect((await stamped(root, { REVISION: HASH })).version).toBe('1.2.3-abcdef012345');
  });

  it('has no commit of the repository that it is installed in', async () => {
    const root = project(path.join(folder, 'node_modules', 'x'));
    committed();
    expect(await stamped(root)).toEqual({ version: '1.2.3', failure: null });
  });

  it.each(['main', 'release/2026', 'abc', `${HASH}g`])('is not made of what is no hash: %s', async (REVISION) => {
    const { version, failure } = await stamped(project(), { REVISION });
    expect(version).toBe('1.2.3');
    expect(failure).toContain(`REVISION: "${REVISION}" is no commit`);
  });
});
