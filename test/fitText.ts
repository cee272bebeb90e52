import { Reader, Writer } from 'protobufjs/minimal';

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** As the SDK writes a string, and as its core reads it. */
function roundTrip(text: string): string {
  return Reader.create(Writer.create().string(text).finish()).string();
}

/** Whether a text may leave a worker: well-formed, in one line, without controls. */
export function isFit(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text) && roundTrip(text) === text;
}

/** Every text of a JSON value, names of fields included. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)]);
}
