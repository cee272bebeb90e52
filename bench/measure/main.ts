import path from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '../kit/markdownTable';
import { heapRows, sharedRows, temporalRows, testRows } from './runs';
import { sourceRows } from './source';

/**
 * Prints one table with the size and the cost of a checkout, a column for each `--root`. Size is
 * read from the sources; `--tests`, `--temporal`, `--heap` and `--shared` add what has to be run.
 */
function main(): void {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', multiple: true, default: ['.'] },
      tests: { type: 'boolean', default: false },
      temporal: { type: 'boolean', default: false },
      heap: { type: 'boolean', default: false },
      shared: { type: 'boolean', default: false },
    },
  });
  const columns = values.root.map((given) => {
    const root = path.resolve(given);
    return {
      ...sourceRows(root),
      ...(values.tests && testRows(root)),
      ...(values.temporal && temporalRows(root)),
      ...(values.heap && heapRows(root)),
      ...(values.shared && sharedRows(root)),
    };
  });
  // The last checkout, usually the newest, decides the order.
  const titles = [...new Set(columns.toReversed().flatMap((rows) => Object.keys(rows)))];
  console.log(
    markdownTable(
      ['', ...values.root],
      titles.map((title) => [title, ...columns.map((rows) => rows[title] ?? '–')]),
    ),
  );
}

main();
