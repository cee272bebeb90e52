import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

const FOLDER = path.join(__dirname, '..', '..', 'docs', 'images');

/**
 * `npm run images` sets it: the pictures of the documentation are taken anew only when asked for.
 */
const TAKES_IMAGES = process.env.UPDATE_IMAGES === '1';

/** The documented port of the simulator, which stands in a picture. */
export const SIMULATOR_PORT = TAKES_IMAGES ? 8480 : 0;

/** Takes the picture of what the page shows now, where pictures are asked for. */
export async function image(page: Page, name: string): Promise<void> {
  if (!TAKES_IMAGES) return;
  await mkdir(FOLDER, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: 'disabled', caret: 'hide' });
}
