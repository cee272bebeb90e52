import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Stage } from '../stage/stage';

const ROOT = path.join(__dirname, '..', '..');
const MARK = '--- next ---';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

interface Snippet {
  command: string;
  /** Null where the document shows none. */
  output: unknown;
}

function documentedSnippets(): Snippet[] {
  const document = readFileSync(path.join(ROOT, 'docs', 'http.md'), 'utf8');
  const blocks = document.matchAll(/^```sh\n([^]*?)^```\n(?:\n```json\n([^]*?)^```)?/gm);
  return [...blocks].map(([, command = '', output]) => ({
    command,
    output: output === undefined ? null : (JSON.parse(output) as unknown),
  }));
}

/** One shell for all: what one snippet sets is there for the next. */
async function outputsOf(commands: readonly string[]): Promise<string[]> {
  const script = ['set -e', ...commands.map((command) => `${command}\necho '${MARK}'`)].join('\n');
  const env = { PATH: process.env.PATH, ...stage.environment };
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: ROOT, env });
  return stdout.split(`${MARK}\n`).slice(0, -1);
}

it('every snippet of docs/http.md does and prints what stands there', async () => {
  await stage.controls.addTask({ orgId: 'my-org', taskId: 'task-1', script: { settlesAfterMs: 0 } });
  await stage.controls.addTask({ orgId: 'my-org', taskId: 'task-2', script: { onCancel: 'ignore' } });
  const snippets = documentedSnippets();
  const outputs = await outputsOf(snippets.map(({ command }) => command));
  expect(snippets.length).toBe(8);
  for (const [index, { command, output }] of snippets.entries()) {
    if (output === null) continue;
    expect({ command, output: JSON.parse(outputs[index] ?? '') as unknown }).toEqual({ command, output });
  }
  expect(JSON.parse(outputs[0] ?? '')).toMatchObject({ outcome: 'CANCELED', reason: 'wrong region' });
}, 180_000);
