import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tasksInFile } from '../../cli/taskFile';
import { built } from '../environment/build';

const HERE = { stdin: process.stdin, environment: {} };

const ROOT = path.join(__dirname, '..', '..');
const LIST = '# of today\r\nt1\r\n\r\n{"orgId":"o1","taskId":"t2","reason":"größer"}\nvmc-cancel:o2:t3\r';
const TASKS = ['vmc-cancel:o1:t1', 'vmc-cancel:o1:t2', 'vmc-cancel:o2:t3'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'task-file-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function utf16(list: string): Buffer {
  return Buffer.from(`\uFEFF${list}`, 'utf16le');
}

async function tasksIn(bytes: Buffer): Promise<string[]> {
  const file = path.join(folder, 'tasks');
  writeFileSync(file, bytes);
  const names = await tasksInFile(file, 'o1', HERE);
  return names.map((name) => (name.kind === 'task' ? name.ids : name).workflowId);
}

/** The executable with a list on its standard input, and no Temporal to go on with. */
async function withStandardInput(bytes: Buffer): Promise<{ code: unknown; stderr: string }> {
  const args = [built('cli/main.js'), 'start', '--org', 'o1', '--from-file', '-'];
  const env = { PATH: process.env.PATH, HOME: folder, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(bytes);
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<unknown[]>]);
  return { code, stderr };
}

describe('a file of tasks', () => {
  it.each([
    ['UTF-8', Buffer.from(LIST)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${LIST}`)],
    ['UTF-16', utf16(LIST)],
    ['UTF-16, big-endian', utf16(LIST).swap16()],
  ])('is read as %s', async (_, bytes) => {
    expect(await tasksIn(bytes)).toEqual(TASKS);
  });

  it.each([
    ['Latin-1', Buffer.from(LIST, 'latin1'), 'is not UTF-8 text'],
    ['UTF-16 without a mark', Buffer.from(LIST, 'utf16le'), 'is not UTF-8 text'],
    ['broken UTF-16', utf16(LIST).subarray(0, -1), 'is not UTF-16LE text'],
    ['a NUL', Buffer.from('t1\0'), 'is not UTF-8 text: it holds NUL characters'],
    ['too much', Buffer.alloc(64 * 1024 * 1024 + 1, '\n'), 'has more than 64 MiB'],
  ])('is refused as what it is where it is %s', async (_, bytes, problem) => {
    await expect(tasksIn(bytes)).rejects.toThrow(`${path.join(folder, 'tasks')} ${problem}`);
  });

  it('that never ends, or is none, is refused as well', async () => {
    await expect(tasksInFile('/dev/zero', 'o1', HERE)).rejects.toThrow('/dev/zero has more than 64 MiB');
    await expect(tasksInFile(folder, 'o1', HERE)).rejects.toThrow(`${folder} cannot be read (EISDIR)`);
  });

  it('may come on standard input, where the same rules hold', async () => {
    const [good, bad] = await Promise.all([
      withStandardInput(utf16(LIST)),
      withStandardInput(Buffer.from('t\xF6', 'latin1')),
    ]);
    expect(good).toMatchObject({ code: 1, stderr: expect.stringContaining('Temporal cannot be reached') });
    expect(bad).toEqual({ code: 2, stderr: 'error: standard input is not UTF-8 text: nothing was started\n' });
  });
});
