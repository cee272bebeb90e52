import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const CHROMIUM_VARIABLE = 'CHROMIUM_PATH';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The browser of this machine: the variable's, else the first on the PATH.
 *
 * @throws Error that says how to get one: without a browser nothing here was looked at, and that is
 * no success.
 */
export async function chromiumPath(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env[CHROMIUM_VARIABLE];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Error(`${CHROMIUM_VARIABLE} is ${named}, which is no program that this user may run.`);
  }
  const directories = (env.PATH ?? '').split(path.delimiter).filter((directory) => path.isAbsolute(directory));
  for (const name of NAMES)
    for (const directory of directories) {
      const candidate = path.join(directory, name);
      if (await isExecutable(candidate)) return candidate;
    }
  throw new Error(
    `These tests look at the Temporal UI with a browser, and there is none: neither of ${NAMES.join(', ')} is on the PATH. ` +
      `Install one (apt-get install chromium), or set ${CHROMIUM_VARIABLE} to one.`,
  );
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Containers run as root and have no GPU; and a browser under test has nobody to call home to. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export async function launchedChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: await chromiumPath(process.env), args: ARGUMENTS });
}
