import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileText, readFileTextInTime } from '../../files/fileText';
import { LiveFile } from '../../vmc/signIn/liveFile';
import { cleanUpLater } from '../vmc/world';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'file-text-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer = ''): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

function pipe(name: string): string {
  const where = path.join(folder, name);
  execFileSync('mkfifo', [where]);
  return where;
}

/** A process that does to a pipe what the shell would. */
function shell(command: string, where: string): void {
  const child = spawn('sh', ['-c', command, 'sh', where], { stdio: 'ignore', detached: true });
  cleanUpLater(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  });
}

function utf16(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, 'utf16le');
}

const never = () => new AbortController().signal;

describe('the text of a file', () => {
  it('is that of UTF-8, with and without a byte order mark, and of UTF-16 with one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (generated) => {
        const text = generated.replaceAll('\0', '').replace(/^\uFEFF+/, '');
        for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`), utf16(text), utf16(text).swap16()])
          expect(await readFileText(file('text', bytes))).toEqual({ ok: true, value: text });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['Latin-1', Buffer.from('t\xF6ken', 'latin1'), 'is not UTF-8 text'],
    ['a truncated character', Buffer.from('tök').subarray(0, 2), 'is not UTF-8 text'],
    ['a lone surrogate in UTF-8', Buffer.from([0x74, 0xed, 0xa0, 0x80]), 'is not UTF-8 text'],
    ['UTF-16 without a mark', Buffer.from('token', 'utf16le'), 'is not UTF-8 text: it holds NUL characters'],
    ['a NUL', 'tok\0en', 'is not UTF-8 text: it holds NUL characters'],
    ['half a unit of UTF-16', utf16('token').subarray(0, 7), 'is not UTF-16LE text'],
    ['a lone surrogate in UTF-16', Buffer.concat([utf16('t'), Buffer.from([0x00, 0xd8])]), 'is not UTF-16LE text'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x74, 0, 0, 0]), 'is not UTF-16LE text: it holds NUL characters'],
    ['one byte too many', Buffer.alloc(1024 * 1024 + 1, 't'), 'has more than 1 MiB'],
  ])('is refused as what it is where it is %s', async (_, bytes, problem) => {
    expect(await readFileText(file('text', bytes))).toEqual({ ok: false, problems: [problem] });
  });

  it('is not looked for in a gigabyte, a directory or a device', async () => {
    const huge = file('huge');
    truncateSync(huge, 2 ** 30);
    expect(await readFileText(huge)).toEqual({ ok: false, problems: ['has more than 1 MiB'] });
    expect(await readFileText(folder)).toEqual({ ok: false, problems: ['is a directory, not a file'] });
    for (const device of ['/dev/zero', '/dev/null', '/dev/urandom'])
      expect(await readFileText(device)).toEqual({ ok: false, problems: ['is a device, not a file'] });
    expect(await readFileText(path.join(folder, 'none'))).toEqual({ ok: false, problems: ['cannot be read (ENOENT)'] });
    expect(await readFileText(path.join(file('a'), 'b'))).toEqual({
      ok: false,
      problems: ['cannot be read (ENOTDIR)'],
    });
  });

  it('may come through a pipe, as slowly as its writer is', async () => {
    const slow = pipe('slow');
    shell('(printf to; sleep 0.2; printf ken) > "$1"', slow);
    expect(await readFileText(slow)).toEqual({ ok: true, value: 'token' });
  });
});

describe('a file that is read again and again', () => {
  const live = (where: string, problems: string[] = [], content: string | null = null) =>
    new LiveFile(
      where,
      (value) => ({ ok: true, value }),
      (problem) => problems.push(problem),
      content,
    );

  const openedPipes = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        return false;
      }
    });

  it('hangs nobody for longer than his signal, and opens a pipe that hangs once', async () => {
    const silent = live(pipe('silent'));
    const abort = new AbortController();
    const reads = Array.from({ length: 8 }, () => silent.read(abort.signal));
    const ended = Promise.allSettled(reads);
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await ended).toEqual(reads.map(() => ({ status: 'rejected', reason })));
    // The reads are given up before the file is open.
    while (openedPipes().length === 0) await new Promise(setImmediate);
    expect(openedPipes()).toHaveLength(1);
  });

  it('is given up within seconds, and opened once however often it is asked for', async () => {
    const where = pipe('silent');
    const problems = ['cannot be read (no answer in time)'];
    const asked = [readFileTextInTime(where), readFileTextInTime(where), readFileTextInTime(where)];
    expect(await Promise.all(asked)).toEqual(asked.map(() => ({ ok: false, problems })));
    expect(await readFileTextInTime(where)).toEqual({ ok: false, problems });
    expect(openedPipes()).toHaveLength(1);
    writeFileSync(where, 'now');
    while (openedPipes().length > 0) await new Promise(setImmediate);
    expect(await readFileTextInTime(file('another', 'text'))).toEqual({ ok: true, value: 'text' });
  });

  it('is known to hang within seconds where it was never good', async () => {
    expect(await live(pipe('silent')).read(never())).toEqual({
      ok: false,
      problems: ['cannot be read (no answer in time)'],
      hangs: true,
    });
  });

  it('goes by what it held before where it hangs, at once after the first time, until it is good again', async () => {
    const problems: string[] = [];
    const where = pipe('silent');
    const stalled = live(where, problems, 'first');
    expect(await stalled.read(never())).toEqual({ ok: true, value: 'first' });
    const startedAtMs = performance.now();
    for (let reads = 0; reads < 50; reads++) expect(await stalled.read(never())).toEqual({ ok: true, value: 'first' });
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(openedPipes()).toHaveLength(1);
    expect(problems).toEqual([`${where}: cannot be read (no answer in time). What it held before stays in use.`]);
    writeFileSync(where, 'second');
    for (let read = await stalled.read(never()); ; read = await stalled.read(never())) {
      if (read.ok && read.value === 'second') break;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('leaves the threads to others where many files hang', async () => {
    const abort = new AbortController();
    const reads = Array.from({ length: 8 }, (_, index) => live(pipe(`silent-${index}`)).read(abort.signal));
    const ended = Promise.allSettled(reads);
    expect(await live(file('good', 'token')).read(never())).toEqual({ ok: true, value: 'token' });
    expect(await lookup('localhost')).toHaveProperty('address');
    abort.abort();
    await ended;
  });
});
