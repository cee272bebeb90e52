import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Row titles with their values, in the order of the table. */
export type Rows = Record<string, string>;

const NOT_SOURCE = new Set(['node_modules', 'dist', 'coverage']);

/** What reads of several tasks share: the worker's part and the schedule's. */
const SHARED_READS = ['vmc/reads', 'domain/schedule/grid.ts'];

/** Size of a checkout, read from its TypeScript files. */
export function sourceRows(root: string): Rows {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NOT_SOURCE.has(entry.name))
    .map(({ name }) => name);
  const sizes = folders.flatMap((name) => {
    const files = sourceFiles(path.join(root, name));
    return files.length === 0 ? [] : [{ name, files: files.length, lines: lineCount(files) }];
  });
  const total = (counted: typeof sizes) => ({
    files: counted.reduce((sum, { files }) => sum + files, 0),
    lines: counted.reduce((sum, { lines }) => sum + lines, 0),
  });
  const sourceAndBench = sizes.filter(({ name }) => name !== 'test' && name !== 'docs');
  const shared = SHARED_READS.flatMap((name) => sourceFiles(path.join(root, name)));
  const rows: Rows = {};
  for (const { name, ...size } of sizes) rows[`${name}/: lines (files)`] = shownSize(size);
  rows['source and bench: lines (files)'] = shownSize(total(sourceAndBench));
  rows['all: lines (files)'] = shownSize(total(sizes));
  rows['shared reads: lines'] = lineCount(shared).toLocaleString('en');
  rows['shared reads: top-level constants'] = String(sum(shared, topLevelConstants));
  rows['workflows/: mutable fields and variables'] = String(
    sum(sourceFiles(path.join(root, 'workflows')), mutableBindings),
  );
  return rows;
}

function shownSize({ lines, files }: { lines: number; files: number }): string {
  return `${lines.toLocaleString('en')} (${files})`;
}

/** A file, or all TypeScript files below a folder; none where there is no such path. */
function sourceFiles(at: string): string[] {
  if (!existsSync(at)) return [];
  if (at.endsWith('.ts')) return [at];
  return readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.split(path.sep).includes('node_modules'))
    .map((file) => path.join(at, file));
}

function lineCount(files: readonly string[]): number {
  return files.reduce((lines, file) => lines + readFileSync(file, 'utf8').trimEnd().split('\n').length, 0);
}

function sum(files: readonly string[], count: (source: ts.SourceFile) => number): number {
  return files.reduce((total, file) => {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    return total + count(source);
  }, 0);
}

function topLevelConstants(source: ts.SourceFile): number {
  return source.statements
    .filter(ts.isVariableStatement)
    .reduce((count, { declarationList }) => count + declarationList.declarations.length, 0);
}

/** Class properties without `readonly`, and `let` outside of loop headers. */
function mutableBindings(source: ts.SourceFile): number {
  let count = 0;
  const visit = (node: ts.Node) => {
    if (ts.isPropertyDeclaration(node) || ts.isParameterPropertyDeclaration(node, node.parent))
      count += node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) === true ? 0 : 1;
    if (ts.isVariableStatement(node) && (node.declarationList.flags & ts.NodeFlags.Let) !== 0)
      count += node.declarationList.declarations.length;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return count;
}
