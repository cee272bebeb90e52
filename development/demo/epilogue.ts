import type { Colors } from '../../cli/output/colors';
import type { Performance } from './performance';
import { YOURS } from './scenes';
import type { Stage } from './stage';

export interface Ending {
  /** Everything goes on running for now. */
  staysUp: boolean;
  endsOnEnter: boolean;
}

/** The UI finds the one run by itself, and without its id the line fits into 80 columns. */
const RUN_ID = /\/[^/]+$/;

/** Where to look and what to try, as far as it works once the demo has said it. */
export function waysOn(
  stage: Stage,
  performances: readonly Performance[],
  { staysUp, endsOnEnter }: Ending,
  colors: Colors,
): string {
  if (!staysUp && !stage.temporalIsGiven) return 'To look around, leave it running: npm run demo -- --keep';
  const links = performances.flatMap(({ run }) => stage.linkOf(run)?.replace(RUN_ID, '') ?? []);
  const parts = [
    links.length === 0 ? [] : [colors.bold('The runs in the UI of Temporal:'), ...links.map(colors.dim)],
    [colors.bold('To try in another terminal, in this directory:'), ...commands(stage, staysUp)],
    staysUp
      ? [`The worker's log: ${stage.workerLog}`, `${endsOnEnter ? 'Enter or Ctrl-C' : 'Ctrl-C'} ends the demo.`]
      : [],
  ];
  return parts.map((lines) => `\n${lines.join('\n')}`).join('\n');
}

function commands({ orgId, shellVariables }: Stage, staysUp: boolean): string[] {
  const exports = Object.entries(shellVariables).map(([name, value]) => `export ${name}=${value}`);
  const looking = [
    `npx vmc-cancel status --org ${orgId} ordinary declined retry outage unknown`,
    `npx vmc-cancel status --org ${orgId} crash`,
    `npx vmc-cancel list --org ${orgId}`,
    `npx vmc-cancel result --org ${orgId} --json ordinary`,
  ];
  const acting = `npx vmc-cancel start --org ${orgId} --watch --poll-min 1s ${YOURS.name}   # still running`;
  return [...exports, ...looking, ...(staysUp ? [acting] : [])].map((line) => `  ${line}`);
}
