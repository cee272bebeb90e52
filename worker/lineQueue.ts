import { constants, fstatSync, openSync, write } from 'node:fs';
import { isatty } from 'node:tty';
import { SECOND_MS } from '../domain/contract/duration';

/** One attempt to write. It never blocks the event loop, and ends in written bytes or an error. */
export type Attempt = (
  chunk: Buffer,
  done: (error: NodeJS.ErrnoException | null | undefined, writtenBytes: number) => void,
) => void;

/** The reason for lost lines, reported once lines can be written again. */
export interface Interruption {
  /** How many lines are missing at this place. */
  droppedLines: number;
  /** The last error, such as ENOSPC; null where the reader just did not read. */
  code: string | null;
}

/** Hours of usual logging, and some seconds of debug logging under load. */
export const MAX_QUEUED_BYTES = 1024 * 1024;
/** Lines are taken again only below this: one gap, not a gap before every line that fits. */
const RESUME_BYTES = MAX_QUEUED_BYTES / 2;
/** So small that a slow reader is seen to make progress. */
const CHUNK_BYTES = 16 * 1024;
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 100;
/** A disk may be cleared, and a named pipe may get a new reader. */
const RETRY_AFTER_ERROR_MS = SECOND_MS;
/** A reader that takes nothing for this long has stalled: the exit does not wait for it. */
const STALLED_MS = SECOND_MS;
const MAX_FLUSH_MS = 3 * SECOND_MS;

/**
 * Lines for a reader that may be slow, stalled or gone. Memory is bounded: lines beyond the bound
 * are dropped and counted.
 */
export class LineQueue {
  private readonly lines: Buffer[] = [];
  /** What is left of the lines that are being written. */
  private chunk: Buffer = Buffer.alloc(0);
  private queuedBytes = 0;
  private droppedLines = 0;
  private code: string | null = null;
  private isWriting = false;
  private retry: NodeJS.Timeout | null = null;
  private retryMs = MIN_RETRY_MS;
  private onOutcome: (isProgress: boolean) => void = () => undefined;

  /** @param onResume a line that it writes stands exactly where lines are missing */
  constructor(
    private readonly attempt: Attempt,
    private readonly onResume: (interruption: Interruption) => void = () => undefined,
  ) {}

  write(line: string): void {
    const bytes = Buffer.from(line);
    const isFull = this.queuedBytes > 0 && this.queuedBytes + bytes.length > MAX_QUEUED_BYTES;
    if (this.droppedLines > 0 || isFull) {
      this.droppedLines += 1;
      return;
    }
    this.lines.push(bytes);
    this.queuedBytes += bytes.length;
    this.writeOn();
  }

  /**
   * Resolves once all is written or the reader has stalled, and after three seconds in any case.
   */
  async flush(): Promise<void> {
    if (this.retry !== null) this.retryNow();
    let isMoving = true;
    for (const endsAtMs = Date.now() + MAX_FLUSH_MS; isMoving && this.queuedBytes > 0 && Date.now() < endsAtMs;)
      isMoving = await this.outcome();
  }

  /** Whether the next attempt to end, within the time that it has, wrote anything. */
  private outcome(): Promise<boolean> {
    return new Promise((resolve) => {
      const stalled = setTimeout(resolve, STALLED_MS, false);
      this.onOutcome = (isProgress) => {
        clearTimeout(stalled);
        resolve(isProgress);
      };
    });
  }

  private writeOn(): void {
    if (this.isWriting || this.retry !== null || this.queuedBytes === 0) return;
    if (this.chunk.length === 0) this.chunk = this.nextChunk();
    this.isWriting = true;
    this.attempt(this.chunk, (error, writtenBytes) => {
      this.isWriting = false;
      if (error) this.failed(error.code ?? error.name);
      else this.succeeded(writtenBytes);
    });
  }

  private nextChunk(): Buffer {
    let bytes = 0;
    const end = this.lines.findIndex(({ length }) => (bytes += length) >= CHUNK_BYTES);
    return Buffer.concat(this.lines.splice(0, end === -1 ? this.lines.length : end + 1));
  }

  private succeeded(writtenBytes: number): void {
    this.chunk = this.chunk.subarray(writtenBytes);
    this.queuedBytes -= writtenBytes;
    this.retryMs = MIN_RETRY_MS;
    const { droppedLines, code } = this;
    if ((droppedLines > 0 || code !== null) && this.queuedBytes <= RESUME_BYTES) {
      this.droppedLines = 0;
      this.code = null;
      this.onResume({ droppedLines, code });
    }
    this.onOutcome(true);
    this.writeOn();
  }

  private failed(code: string): void {
    const isBusy = code === 'EAGAIN';
    this.retry = setTimeout(this.retryNow.bind(this), isBusy ? this.retryMs : RETRY_AFTER_ERROR_MS).unref();
    if (isBusy) {
      this.retryMs = Math.min(2 * this.retryMs, MAX_RETRY_MS);
      return;
    }
    this.code = code;
    this.onOutcome(false);
  }

  private retryNow(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.writeOn();
  }
}

/** The process's own stdout (1) or stderr (2), whatever it leads to. */
export function attemptOn(fd: 1 | 2): Attempt {
  const target = fstatSync(fd);
  if (target.isFIFO() || target.isSocket()) return attemptOnStream(fd === 1 ? process.stdout : process.stderr);
  const own = isatty(fd) ? ownTerminal(fd) : fd;
  return (chunk, done) => {
    write(own, chunk, done);
  };
}

/** Pipes and sockets: Node writes to them without blocking, and polls for when they take more. */
export function attemptOnStream(stream: NodeJS.WritableStream): Attempt {
  // Each write reports its own error.
  stream.on('error', () => undefined);
  return (chunk, done) => {
    stream.write(chunk, (error) => {
      done(error, error ? 0 : chunk.length);
    });
  };
}

/**
 * Opens the terminal anew: O_NONBLOCK on the inherited descriptor would be set for the shell as
 * well. A blocking write holds a thread of the pool, and Node's exit joins that thread. This is
 * accepted where the terminal cannot be opened: on other systems than Linux, or after a change of
 * user.
 */
function ownTerminal(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}
