import { close, constants, createReadStream, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SECOND_MS } from '../domain/contract/duration';
import type { Parsed } from '../domain/contract/input';

/** Far above what a person keeps in a file of secrets. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * A hung file system holds a thread of libuv's pool of four for each file: half of them stay free.
 */
const MAX_AT_ONCE = 2;
let atOnce = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (atOnce === MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else atOnce += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) atOnce -= 1;
    else next();
  }
}

/** How long a file is waited for where there is nothing else to use. */
export const FIRST_READ_LIMIT_MS = 5 * SECOND_MS;
/** A read that hangs cannot be taken back: whoever asks again waits for the same one. */
const pending = new Map<string, Promise<Parsed<string>>>();

/** As `readFileText`, with an end where the file system hangs. */
export async function readFileTextInTime(path: string): Promise<Parsed<string>> {
  const reading = pending.get(path) ?? readFileText(path).finally(() => pending.delete(path));
  pending.set(path, reading);
  const ended = new AbortController();
  const late = sleep(FIRST_READ_LIMIT_MS, unusable('cannot be read (no answer in time)'), { signal: ended.signal });
  try {
    return await Promise.race([reading, late]);
  } finally {
    late.catch(() => undefined);
    ended.abort();
  }
}

/**
 * The text of a file of settings or secrets, or why it is unusable, without quoting it. Never
 * rejects, and never resolves where the file system or a pipe's writer hangs.
 */
export async function readFileText(path: string): Promise<Parsed<string>> {
  try {
    const source = await inTurn(async () => {
      // Without O_NONBLOCK, a pipe without a writer would hold the thread.
      const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await promisify(fstat)(fd);
      if (stats.isFile()) return await textIn(createReadStream(path, { fd }), MAX_FILE_BYTES);
      // One that hangs must not keep the process.
      if (stats.isFIFO()) return new Socket({ fd, readable: true }).unref();
      await promisify(close)(fd);
      return unusable(`is a ${stats.isDirectory() ? 'directory' : 'device'}, not a file`);
    });
    return source instanceof Socket ? await textIn(source, MAX_FILE_BYTES) : source;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return unusable(`cannot be read (${code})`);
  }
}

/** The whole text of a stream, or why it is none. Rejects as the stream does. */
export async function textIn(stream: Readable, maxBytes: number): Promise<Parsed<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return unusable(`has more than ${maxBytes / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return decoded(Buffer.concat(chunks));
}

/** UTF-8, or UTF-16 with the byte order mark that Windows' tools write. */
function decoded(bytes: Buffer): Parsed<string> {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'UTF-16LE' : mark === 'feff' ? 'UTF-16BE' : 'UTF-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0')
      ? unusable(`is not ${encoding} text: it holds NUL characters`)
      : { ok: true, value: text };
  } catch {
    return unusable(`is not ${encoding} text`);
  }
}

function unusable(problem: string): Parsed<never> {
  return { ok: false, problems: [problem] };
}
