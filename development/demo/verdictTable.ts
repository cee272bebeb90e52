import Table from 'cli-table3';
import type { Colors } from '../../cli/output/colors';
import { formatDuration } from '../../domain/contract/duration';
import type { Performance } from './performance';
import { complaintAbout } from './performance';

/** Within 80 columns. */
export function verdictTable(performances: readonly Performance[], colors: Colors): string {
  const table = new Table({
    head: ['task', 'expected', 'verdict', 'after', 'cancels', 'reads'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const performance of performances) {
    const { scene, verdict, tookMs, cancels, reads } = performance;
    const paint = complaintAbout(performance) === null ? colors.green : colors.red;
    const [expected, got] = [scene.expected, verdict].map((text) => text.replace(', ', ',\n'));
    table.push([scene.name, expected, paint(got ?? ''), formatDuration(tookMs), cancels, reads]);
  }
  return table.toString();
}
