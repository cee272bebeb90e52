import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { dependencies, devDependencies } from '../../package.json';
import { ROOT } from './variables';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

const lockfile = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        hasInstallScript: z.boolean().default(false),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));
/** Without the project itself, which has an empty path. */
const packages = Object.entries(lockfile.packages).filter(([place]) => place !== '');

describe('every package of the lockfile', () => {
  it('has a hash of its content, those of other platforms included', () => {
    const without = packages.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
    expect(packages.length).toBeGreaterThan(500);
    expect(without.map(([place]) => place)).toEqual([]);
  });

  it('comes from the registry that npm is set to', () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('runs no script of its own at the installation, but for four', () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place);
    expect(withScript.map((place) => place.replace(/.*node_modules\//, '')).toSorted()).toEqual([
      '@parcel/watcher',
      '@swc/core',
      'esbuild',
      'protobufjs',
    ]);
  });
});

it('our own dependencies have exact versions', () => {
  const versions = Object.values({ ...dependencies, ...devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('the image is installed by the lockfile, and no package runs a script in it', () => {
  const installations = read('Dockerfile')
    .split('\n')
    .flatMap((line) => /^RUN npm (.*?)( \\)?$/.exec(line)?.[1] ?? [])
    .filter((command) => !command.startsWith('run '));
  expect(installations.map((command) => command.split(' '))).toEqual([
    expect.arrayContaining(['ci', '--ignore-scripts']),
    expect.arrayContaining(['ci', '--ignore-scripts']),
  ]);
});
