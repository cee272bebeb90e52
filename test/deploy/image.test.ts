import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { run } from '../../development/run';
import { version } from '../../package.json';
import { readComposeFile } from './composeFile';
import { ROOT } from './variables';

const lines = (file: string) => readFileSync(path.join(ROOT, file), 'utf8').split('\n');
const dockerfile = lines('Dockerfile');

/** The default of a build argument. */
function argument(name: string): string | undefined {
  return dockerfile.find((line) => line.startsWith(`ARG ${name}=`))?.split('=')[1];
}

/** What is copied out of the repository, not from another stage. */
const copied = dockerfile
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(' ').slice(1, -1));

describe('the image', () => {
  it('is built from one fixed version of Node, of a release with long-term support', () => {
    const stages = dockerfile.flatMap((line) => /^FROM \S+ AS (\S+)$/.exec(line)?.[1] ?? []);
    const bases = dockerfile.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(bases.filter((base) => !stages.includes(base)))).toEqual(
      new Set(['node:${NODE_VERSION}-bookworm-slim']),
    );
    expect(argument('NODE_VERSION')).toMatch(/^24\.\d+\.\d+$/);
  });

  it('has the version of the program, in its label and in its tags', () => {
    expect(argument('VERSION')).toBe(version);
    const { services } = readComposeFile();
    const tags = Object.values(services).flatMap(
      ({ image }) => /^vmc-cancel(-simulator)?:(.*)$/.exec(image)?.[2] ?? [],
    );
    expect(new Set(tags)).toEqual(new Set([version]));
  });

  it('is built from files that are there, and that .dockerignore lets through', () => {
    const context = lines('.dockerignore')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect([...new Set(copied)].sort()).toEqual(context.sort());
    expect(copied.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('has every folder that the build compiles', () => {
    const build = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.build.json'), 'utf8')) as unknown;
    const { include } = z.object({ include: z.array(z.string()) }).parse(build);
    expect(include.filter((folder) => !copied.includes(folder))).toEqual([]);
  });

  it('does not run as root', () => {
    expect(dockerfile.filter((line) => /^user\s/i.test(line))).toEqual(['USER 1000']);
  });
});

describe('the probe', () => {
  async function probed(answer: number | null): Promise<{ output: string; failure: string | null }> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/readyz' ? (answer ?? 200) : 404).end('starting\n');
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (answer === null) server.close();
    const env = { PATH: process.env.PATH, VMC_CANCEL_HTTP_ADDRESS: `0.0.0.0:${port} \r` };
    const result = await run(process.execPath, [path.join(ROOT, 'deploy', 'probe.mjs')], { env, timeLimitMs: 20_000 });
    server.close();
    return result;
  }

  it('succeeds, without a word, when the worker is ready', async () => {
    expect(await probed(200)).toEqual({ output: '', failure: null });
  });

  it('fails, and says what the worker says, when it is not ready', async () => {
    expect((await probed(503)).failure).toMatch(/\/readyz: 503 starting$/);
  });

  it('fails when nobody listens', async () => {
    expect((await probed(null)).failure).toMatch(/\/readyz: connect ECONNREFUSED/);
  });
});
