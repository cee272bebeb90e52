import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sourceRows } from '../../bench/measure/source';
import { cellOf } from '../../bench/measure/tableCell';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'measure-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

describe('the size of a checkout', () => {
  it('counts lines and files of each folder, without what is installed or built', () => {
    write('vmc/api/client.ts', 'one\ntwo\n');
    write('vmc/port.ts', 'three\n');
    write('test/port.test.ts', 'four\n');
    write('dist/vmc/port.ts', 'built\n');
    write('node_modules/some/index.ts', 'installed\n');
    expect(sourceRows(root)).toMatchObject({
      'vmc/: lines (files)': '3 (2)',
      'source and bench: lines (files)': '3 (2)',
      'all: lines (files)': '4 (3)',
    });
  });

  it('counts top-level constants of the shared reads, and what a workflow can change', () => {
    write('vmc/reads/list.ts', 'const A = 1;\nexport const [B] = [2], C = 3;\nfunction f() { const local = 4; }\n');
    write('domain/schedule/grid.ts', 'export const D = 5;\n');
    write(
      'workflows/run.ts',
      'class Run { private a = 1; readonly b = 2; constructor(private c: number, private readonly d: number) {} }\n' +
        'export function run() { let e = 1; for (let f = 0; f < 1; f += 1) e += f; return e; }\n',
    );
    expect(sourceRows(root)).toMatchObject({
      'shared reads: top-level constants': '4',
      'workflows/: mutable fields and variables': '3',
    });
  });
});

describe('a cell of a printed table', () => {
  const output = [
    '| first | value |',
    '| ----- | ----: |',
    '| row   |     1 |',
    '',
    'Second, 3 times',
    '│     │ calls │ lag │',
    '│ row │     2 │   3 │',
  ].join('\n');

  it('is found by the table, its row and its column', () => {
    expect(cellOf(output, { table: 'first', row: 'row', column: 'value' })).toBe('1');
    expect(cellOf(output, { table: 'Second, ', row: 'row', column: 'lag' })).toBe('3');
  });

  it('is an error where there is none', () => {
    expect(() => cellOf(output, { table: 'Second, ', row: 'other', column: 'lag' })).toThrow(
      'no cell "lag" of "other"',
    );
  });
});
