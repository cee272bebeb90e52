import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../deploy/variables';
import provideTemporal from '../environment/globalSetup';
import { provideImages } from './baseImages';
import { docker } from './docker';

export const REVISION = '0123456789abcdef0123456789abcdef01234567';

export function imageOf(target: 'worker' | 'simulator'): string {
  return `vmc-cancel-test:${target}`;
}

/** Both images, of the sources as they are. */
export default async function provideOurImages(): Promise<void> {
  await provideTemporal();
  const [, version = ''] = /^ARG NODE_VERSION=(.*)$/m.exec(readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  await provideImages([`node:${version}-bookworm-slim`], (line) => process.stderr.write(`${line}\n`));
  for (const target of ['simulator', 'worker'] as const) {
    const args = ['--target', target, '--build-arg', `REVISION=${REVISION}`, '--tag', imageOf(target)];
    await docker('build', '--quiet', ...args, ROOT);
  }
}
