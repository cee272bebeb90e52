/** Cleaned environment variables. The raw variables of a process do not fit this type. */
export type Environment = Readonly<Record<string, string>>;

/** Trims every value and drops blank ones, as compose files and files with CRLF leave them. */
export function cleanEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value = '']) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  );
}
