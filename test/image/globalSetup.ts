import { ROOT } from '../deploy/variables';
import provideTemporal from '../environment/globalSetup';
import { nodeImage, provideImages } from './baseImages';
import { docker } from './docker';

export const REVISION = '0123456789abcdef0123456789abcdef01234567';

export function imageOf(target: 'worker' | 'simulator'): string {
  return `vmc-cancel-test:${target}`;
}

/** Both images, of the sources as they are. */
export default async function provideOurImages(): Promise<void> {
  await provideTemporal();
  const giveBack = await provideImages([nodeImage()], (line) => process.stderr.write(`${line}\n`));
  try {
    for (const target of ['simulator', 'worker'] as const) {
      const args = ['--target', target, '--build-arg', `REVISION=${REVISION}`, '--tag', imageOf(target)];
      await docker('build', '--quiet', ...args, ROOT);
    }
  } finally {
    giveBack();
  }
}
