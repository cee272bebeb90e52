import type { Colors } from '../../cli/output/colors';
import { headOf, table } from '../../cli/output/table';
import { formatDuration } from '../../domain/contract/duration';
import type { Performance } from './performance';
import { complaintAbout } from './performance';

/** Within 80 columns. */
export function verdictTable(performances: readonly Performance[], colors: Colors): string {
  const head = headOf(['TASK', 'EXPECTED', 'VERDICT', 'AFTER', 'CANCELS', 'READS'], colors);
  const rows = performances.map((performance) => {
    const { scene, verdict, tookMs, cancels, reads } = performance;
    const paint = complaintAbout(performance) === null ? colors.green : colors.red;
    return [
      scene.name,
      scene.expected,
      { text: verdict, paint },
      formatDuration(tookMs),
      String(cancels),
      String(reads),
    ];
  });
  return table([head, ...rows], [3, 4, 5]);
}
