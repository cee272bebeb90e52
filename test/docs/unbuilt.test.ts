import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { run } from '../../development/run';

const ROOT = path.join(__dirname, '..', '..');
const TIME_LIMIT_MS = 60_000;

/** What `npm ci` leaves where a user's npm runs no scripts: the packages, and no `dist/`. */
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'unbuilt-'));
  for (const part of ['package.json', 'scripts', '.npmrc'])
    cpSync(path.join(ROOT, part), path.join(clone, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
});
afterAll(() => {
  rmSync(clone, { recursive: true });
});

it.each(['npx --no-install vmc-cancel list', 'npm start', 'node scripts/vmc-cancel.js --help'])(
  '%s says what to run first, and fails',
  async (command) => {
    const [program = '', ...args] = command.split(' ');
    const env = { ...process.env, npm_config_ignore_scripts: 'true' };
    const { output, failure } = await run(program, args, { env, cwd: clone, timeLimitMs: TIME_LIMIT_MS });
    expect(output).toContain('Run: npm run build');
    expect(output).not.toMatch(/not found|Cannot find module|^\s+at /m);
    expect(failure).not.toBeNull();
  },
  TIME_LIMIT_MS,
);
