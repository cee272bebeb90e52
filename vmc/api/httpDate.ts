/** The three forms of RFC 9110, 5.6.7. Without this check, Date.parse reads almost any text. */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +(\d{1,2}|[a-z]{3})[ -].*\d{2}:\d{2}:\d{2}/i;

/** The instant of a `Date` or `Retry-After` header in whole seconds; NaN for any other text. */
export function parseHttpDateMs(value: string): number {
  if (!HTTP_DATE.test(value)) return NaN;
  // The asctime form names no zone, and is in GMT all the same.
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}
