import pc from 'picocolors';
import type { Environment } from '../../domain/settings/environment';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours on terminals only, unless NO_COLOR or FORCE_COLOR is set. */
export function colorsFor(stream: { isTTY?: boolean }, env: Environment): Colors {
  const forced = env.FORCE_COLOR;
  if (env.NO_COLOR) return pc.createColors(false);
  if (forced !== undefined && forced !== '') return pc.createColors(forced !== '0' && forced !== 'false');
  return pc.createColors(stream.isTTY === true && env.TERM !== 'dumb');
}
