import { sleep } from '@temporalio/workflow';

/** Another build's workflow of the same name, on which no history of ours replays. */
export async function cancelTask(): Promise<void> {
  await sleep('1 day');
}
