import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChildProcess } from '../stage/childProcess';
import { Stage, documents } from '../stage/stage';
import { WorkerProcess } from '../stage/workerProcess';
import { built } from '../environment/build';

const ROOT = path.join(__dirname, '..', '..');
const WITHIN_MS = 15_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secret-files-'));
});
afterEach(() => ChildProcess.killAll());
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function pipe(name: string): string {
  const where = path.join(folder, name);
  execFileSync('mkfifo', [where]);
  return where;
}

function file(name: string, content: string | Buffer): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

describe('a worker', () => {
  it('that gets no secret from its file says so within seconds, and exits 1', async () => {
    const credentials = file('credentials', JSON.stringify({ default: { apiTokenFile: pipe('named-in-file') } }));
    const bad = {
      VMC_API_TOKEN_FILE: [pipe('silent'), '/dev/zero', folder, file('latin', Buffer.from('t\xF6ken', 'latin1'))],
      VMC_CREDENTIALS_FILE: [credentials],
    };
    for (const [variable, files] of Object.entries(bad))
      for (const named of files) {
        const startedAtMs = Date.now();
        const worker = new WorkerProcess({ [variable]: named });
        expect(await worker.exitCode).toBe(1);
        expect(Date.now() - startedAtMs).toBeLessThan(WITHIN_MS);
        expect(worker.stderr).toContain(`- ${variable}: ${named}`);
        expect(worker.output).not.toContain('\uFFFD');
      }
  }, 90_000);
});

describe('with a VMC API that takes one token alone', () => {
  let stage: Stage;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stage = await Stage.begin();
    await stage.controls.changeSettings({ apiTokens: ['good-token'] });
    const { apiUrl, cspUrl } = stage.simulator;
    environment = { ...stage.environment, VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl };
  }, 180_000);
  afterAll(() => stage.end());

  it.each([
    [
      'gone',
      (where: string) => {
        rmSync(where);
      },
    ],
    [
      'empty',
      (where: string) => {
        writeFileSync(where, '');
      },
    ],
  ])(
    'a worker cancels although the file of its token is %s before the first call, and logs it once',
    async (_, spoil) => {
      const token = file('token', Buffer.from('\uFEFFgood-token\r\n', 'utf16le'));
      const worker = new WorkerProcess({ ...environment, VMC_API_TOKEN_FILE: token });
      await worker.logged('polling');
      spoil(token);
      const { workflowId } = await stage.started({ settlesAfterMs: 0 });
      expect(await stage.client.result(workflowId)).toMatchObject({ outcome: 'CANCELED' });
      const warnings = worker.log.filter(({ level, msg }) => level === 'warn' && msg.startsWith(`${token}: `));
      expect(warnings).toHaveLength(1);
    },
  );

  it('a token out of a pipe that can be read once is used for as long as the process lives', async () => {
    const command = `VMC_API_TOKEN_FILE=<(sleep 0.2; printf good-token) exec '${process.execPath}' '${built('cli/main.js')}' doctor --api --json`;
    const env = { PATH: process.env.PATH, HOME: folder, ...environment };
    const stdout = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', command], { cwd: ROOT, env }, (_error, printed) => {
        resolve(printed);
      });
    });
    const checks = documents(stdout).filter(({ check }) => ['vmcSignIn', 'vmcApi'].includes(String(check)));
    expect(checks.map(({ ok }) => ok)).toEqual([true, true]);
  });
});
