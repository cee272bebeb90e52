/** Environment variables as every reader takes them. The raw variables of a process do not fit this type. */
export type Environment = Readonly<Record<string, string>>;

/** Trims every value and drops blank ones: compose files, shells and files with CRLF leave such behind. */
export function cleanEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value = '']) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  );
}
