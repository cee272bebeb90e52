import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { built } from '../environment/build';
import { send } from './rig';

/** Ends a process that should have ended by itself. */
const PATIENCE_MS = 20_000;

describe('npm run simulator', () => {
  const running = new Set<ChildProcess>();
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  function launch(...flags: string[]) {
    const child = spawn(process.execPath, [built('simulator/main.js'), ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    running.add(child);
    const lines: string[] = [];
    const errors: string[] = [];
    const out = createInterface(child.stdout).on('line', (line) => lines.push(line));
    createInterface(child.stderr).on('line', (line) => errors.push(line));
    const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, lines, errors }));
    return { child, firstLine: once(out, 'line').then(([line]) => String(line)), ended };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints one line with its addresses and ends at once, with 0, on %s',
    async (signal) => {
      const { child, firstLine, ended } = launch('--port', '0');
      const line = await firstLine;
      const [, url = '', apiUrl = '', cspUrl = ''] =
        /^simulator listening on (http:\/\/127\.0\.0\.1:\d+) \(VMC_API_URL=(\S+) VMC_CSP_URL=(\S+)\)$/.exec(line) ?? [];
      expect([apiUrl, cspUrl]).toEqual([`${url}/vmc/api`, url]);
      expect((await send(`${apiUrl}/orgs/o/tasks`)).status).toBe(401);
      await send(`${url}/_simulator/faults`, { method: 'POST', body: '{"times":1,"delayMs":3600000}' });
      const unanswered = send(`${apiUrl}/orgs/o/tasks`).catch(() => 'dropped');
      while (!(await send(`${url}/_simulator/calls`)).text.includes('"status":null'));
      child.kill(signal);
      expect(await ended).toEqual({ code: 0, lines: [line], errors: [] });
      expect(await unanswered).toBe('dropped');
    },
  );

  it('says in one line that the port is in use and exits 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = String(typeof address === 'object' ? address?.port : address);
    const { ended } = launch('--port', port);
    expect(await ended).toEqual({
      code: 1,
      lines: [],
      errors: [`simulator cannot start: port ${port} of 127.0.0.1 is in use`],
    });
    other.close();
  });

  it('names the line that is none of a state file, and exits 1 without a change to it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'simulator-'));
    const file = path.join(folder, 'notes.txt');
    writeFileSync(file, '\nnot of a simulator\n');
    const { code, errors } = await launch('--port', '0', '--state', file).ended;
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [`simulator cannot start: ${file}:2 is no line of a state file: name another file, or remove this one`],
    });
    expect(readFileSync(file, 'utf8')).toBe('\nnot of a simulator\n');
    rmSync(folder, { recursive: true });
  });

  it.each([['--speed', '5'], ['--port', '65536'], ['--port', 'x'], ['--port'], ['surplus']])(
    'exits 2 on wrong usage: %s %s',
    async (...flags) => {
      const { code, errors } = await launch(...flags.filter((flag) => typeof flag === 'string')).ended;
      expect({ code, said: errors.length > 0 }).toEqual({ code: 2, said: true });
    },
  );

  it('explains itself with --help and exits 0', async () => {
    const { code, lines } = await launch('--help').ended;
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(/--host <host>[^]*--port <port>/);
  });
});
