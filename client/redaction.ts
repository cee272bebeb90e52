const SECRET_NAME = /(TOKEN|SECRET|API_KEY|PASSWORD)$/;
const MIN_SECRET_CHARACTERS = 6;
const SHAPES = /\b(Bearer|Basic)\s+\S+|\beyJ[\w-]+\.[\w.-]+/gi;

/** Blanks credentials in a line before it is printed: libraries quote a header that they cannot send. */
export function redactor(env: Readonly<Record<string, string | undefined>>): (line: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && value !== undefined && value.trim().length >= MIN_SECRET_CHARACTERS
      ? [value, value.trim()]
      : [],
  );
  return (line) =>
    secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line).replace(SHAPES, '[redacted]');
}
