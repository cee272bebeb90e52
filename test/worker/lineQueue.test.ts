import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Attempt, Interruption } from '../../worker/lineQueue';
import { attemptOnStream, LineQueue, MAX_QUEUED_BYTES } from '../../worker/lineQueue';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A Unix socket: its buffer fills up while the reader does not read. */
async function connection(): Promise<{ writer: Socket; reader: Socket }> {
  const socketPath = path.join(tmpdir(), `lines-${randomUUID()}`);
  const server = createServer({ pauseOnConnect: true }).listen(socketPath);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const writer = connect(socketPath);
  const [reader] = await accepted;
  cleanups.push(() => {
    writer.destroy();
    reader.destroy();
    server.close();
  });
  return { writer, reader };
}

/** Of lines that are numbered from 0, and of notices of how many are missing. */
class Received {
  text = '';
  static from(reader: Socket): Received {
    const received = new Received();
    reader.on('data', (chunk) => (received.text += chunk.toString())).resume();
    return received;
  }
  /** How many lines are received or reported missing. @throws on a wrong order or count */
  get told(): number {
    const lines = this.text
      .slice(0, this.text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1);
    return lines.reduce((next, line) => {
      const dropped = /^dropped (\d+)$/.exec(line);
      if (dropped !== null) return next + Number(dropped[1]);
      if (line.split(' ', 1)[0] !== String(next)) throw new Error(`"${line.slice(0, 20)}" stands where ${next} should`);
      return next + 1;
    }, 0);
  }
}

function queueOn(attempt: Attempt, interruptions: Interruption[] = []): LineQueue {
  const queue: LineQueue = new LineQueue(attempt, (interruption) => {
    interruptions.push(interruption);
    queue.write(`dropped ${interruption.droppedLines}\n`);
  });
  return queue;
}

async function until(condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 30_000; !condition();) {
    if (Date.now() > endMs) throw new Error('The condition was never met');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const LINES = 50_000;
const FILLING = ' '.repeat(90);

describe('lines for a reader that stalls', () => {
  it('are kept up to the bound, and those beyond are counted where they are missing', async () => {
    const { writer, reader } = await connection();
    const interruptions: Interruption[] = [];
    const queue = queueOn(attemptOnStream(writer), interruptions);
    for (let index = 0; index < LINES; index += 1) queue.write(`${index}${FILLING}\n`);
    const received = Received.from(reader);
    await until(() => interruptions.length > 0);
    queue.write(`${LINES}${FILLING}\n`);
    await until(() => received.told === LINES + 1);
    expect(interruptions).toEqual([{ droppedLines: expect.any(Number), code: null }]);
    // What a connection holds by itself comes on top.
    expect(received.text.length).toBeLessThan(MAX_QUEUED_BYTES + 512 * 1024);
    expect(received.text.length).toBeGreaterThan(MAX_QUEUED_BYTES);
  });

  it('are written at the end, with their count, when the reader reads again meanwhile', async () => {
    const { writer, reader } = await connection();
    const queue = queueOn(attemptOnStream(writer));
    for (let index = 0; index < LINES; index += 1) queue.write(`${index}${FILLING}\n`);
    const flushed = queue.flush();
    const received = Received.from(reader);
    await flushed;
    await until(() => received.told === LINES);
  });

  it('are not waited for when the process ends', async () => {
    const { writer } = await connection();
    const queue = queueOn(attemptOnStream(writer));
    for (let index = 0; index < LINES; index += 1) queue.write(`${index}${FILLING}\n`);
    const startedAtMs = Date.now();
    await queue.flush();
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
  });
});

it('loses nothing to a reader that is slow within the bound', async () => {
  const { writer, reader } = await connection();
  const interruptions: Interruption[] = [];
  const queue = queueOn(attemptOnStream(writer), interruptions);
  const lines = Math.floor((0.9 * MAX_QUEUED_BYTES) / FILLING.length / 2);
  for (let index = 0; index < lines; index += 1) queue.write(`${index}${FILLING}\n`);
  await new Promise((resolve) => setImmediate(resolve));
  const received = Received.from(reader);
  for (let index = lines; index < 2 * lines; index += 1) queue.write(`${index}${FILLING}\n`);
  await queue.flush();
  await until(() => received.told === 2 * lines);
  expect(interruptions).toEqual([]);
});

it('goes on with the next reader where one is gone', async () => {
  // As a named pipe does.
  let isGone = true;
  let text = '';
  const attempt: Attempt = (chunk, done) => {
    setImmediate(() => {
      if (isGone) {
        done(Object.assign(new Error(), { code: 'EPIPE' }), 0);
        return;
      }
      text += chunk.toString();
      done(null, chunk.length);
    });
  };
  const interruptions: Interruption[] = [];
  const queue = queueOn(attempt, interruptions);
  queue.write('0\n');
  await queue.flush();
  isGone = false;
  queue.write('1\n');
  await queue.flush();
  expect(interruptions).toEqual([{ droppedLines: 0, code: 'EPIPE' }]);
  expect(text).toBe('0\n1\ndropped 0\n');
});

it('neither throws nor waits at a full disk', async () => {
  // The queue tries on after the test. A descriptor's number would by then be another file's or
  // socket's; a closed handle refuses.
  const file = await open('/dev/full', 'w');
  cleanups.push(() => file.close());
  const queue = queueOn((chunk, done) => {
    file.write(chunk).then(
      ({ bytesWritten }) => {
        done(null, bytesWritten);
      },
      (error: unknown) => {
        done(error as NodeJS.ErrnoException, 0);
      },
    );
  });
  for (let index = 0; index < LINES; index += 1) queue.write(`${index}\n`);
  await queue.flush();
});

/** How attempts end: a part of the chunk is taken, or there is an error. */
const outcomes = fc.array(
  fc.oneof(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }), fc.constantFrom('EAGAIN', 'ENOSPC')),
  { maxLength: 20 },
);
const bursts = fc.array(fc.record({ lines: fc.nat(300), length: fc.nat(5_000) }), { maxLength: 5 });

it('writes or counts each line once and in its order, however attempts end', async () => {
  await fc.assert(
    fc.asyncProperty(outcomes, bursts, async (ends, parts) => {
      const left = [...ends];
      const received = new Received();
      const bytes: Buffer[] = [];
      const queue = queueOn((chunk, done) => {
        setImmediate(() => {
          const end = left.shift() ?? { share: 1 };
          if (typeof end === 'string') {
            done(Object.assign(new Error(), { code: end }), 0);
            return;
          }
          const taken = Math.ceil(end.share * chunk.length);
          bytes.push(Buffer.from(chunk.subarray(0, taken)));
          done(null, taken);
        });
      });
      let written = 0;
      for (const { lines, length } of parts) {
        for (let index = 0; index < lines; index += 1) queue.write(`${written++} ${'é'.repeat(length)}\n`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Each flush ends at an error, and begins with another attempt.
      for (let attempts = 0; attempts <= ends.length; attempts += 1) await queue.flush();
      received.text = Buffer.concat(bytes).toString();
      expect(received.told).toBe(written);
    }),
    { numRuns: 50 },
  );
});
