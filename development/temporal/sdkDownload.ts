import { readdirSync } from 'node:fs';
import { TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * A program: `sdkDownload temporal|temporal-test-server DIRECTORY` makes the SDK download its
 * executable.
 *
 * The SDK downloads only while it starts a server, inside its process-wide runtime and without a
 * time limit: a process of its own keeps all three from the caller.
 */
const [name, downloadDir = ''] = process.argv.slice(2);
const TIME_LIMIT_MS = 60_000;

/** With its final name the file may be running: stop it first. The SDK bounds that step itself. */
setTimeout(() => {
  if (readdirSync(downloadDir).some((file) => !file.endsWith('.downloading'))) return;
  console.error(`the SDK's download did not end within ${TIME_LIMIT_MS / 1_000} s`);
  process.exit(1);
}, TIME_LIMIT_MS).unref();

async function downloadAndStopAgain(): Promise<void> {
  const server = { executable: { type: 'cached-download', downloadDir } } as const;
  const environment =
    name === 'temporal'
      ? await TestWorkflowEnvironment.createLocal({ server })
      : await TestWorkflowEnvironment.createTimeSkipping({ server });
  await environment.teardown();
}

downloadAndStopAgain().catch((error: unknown) => {
  // The SDK repeats the long address, which is no remedy.
  console.error(String(error).replaceAll(/ for url \([^)]*\)/g, ''));
  process.exitCode = 1;
});
