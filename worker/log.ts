import { DefaultLogger } from '@temporalio/worker';
import type { Logger as SdkLogger, LogLevel as SdkLogLevel } from '@temporalio/worker';
import pino from 'pino';
import { createLineFormat } from './logLine';
import type { LogFormat } from './logLine';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  level: LogLevel;
  format: LogFormat;
  /** Passes over every line before it is written. */
  scrub: (line: string) => string;
  write: (line: string) => void;
}

/**
 * Named here and blanked wherever an object brings them along, beside the scrubbing of the finished
 * line.
 */
const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  'csp-auth-token',
  'refresh_token',
  'access_token',
  'apiKey',
  'apiToken',
  'clientSecret',
  'headers',
  'metadata',
  'params',
];

export function createLog({ level, format, scrub, write }: LogOptions): pino.Logger {
  const formatted = createLineFormat(format);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]), censor: '[secret]' },
      // Of an error only what is known to be harmless: a client's error drags its whole request
      // along.
      serializers: { err: describedError, error: describedError },
    },
    {
      write: (line: string) => {
        write(formatted(scrub(line)));
      },
    },
  );
}

interface DescribedError {
  name: string;
  /** Of a Temporal failure, and of an error of ours. */
  type?: string;
  message: string;
  stack?: string;
  cause?: unknown;
}

/** Deeper chains than this are loops. */
const MAX_CAUSES = 5;

function describedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? typeof error : error;
  const described: DescribedError = { name: error.name, message: error.message };
  if ('type' in error && typeof error.type === 'string') described.type = error.type;
  if (error.stack !== undefined) described.stack = error.stack;
  if (error.cause !== undefined && depth < MAX_CAUSES) described.cause = describedError(error.cause, depth + 1);
  return described;
}

const SDK_LEVELS: Record<LogLevel, SdkLogLevel> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
};

const LEVELS: Record<SdkLogLevel, LogLevel> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** The level in the SDK's spelling. */
export function sdkLevelOf(level: LogLevel): SdkLogLevel {
  return SDK_LEVELS[level];
}

/** The SDK's own log lines, and those of workflows and activities, in the worker's log. */
export function sdkLogger(log: pino.Logger, level: LogLevel): SdkLogger {
  return new DefaultLogger(SDK_LEVELS[level], (entry) => {
    log[LEVELS[entry.level]](entry.meta ?? {}, entry.message);
  });
}
