import { cancelTasks } from './cancel';
import { watchTasks } from './monitors';
import type { LoadOptions } from './options';
import { loadOptions } from './options';
import { soak } from './soak';
import { machineName } from '../kit/machine';
import { setUpTemporalStage } from '../temporal/stage';

/**
 * Thousands of cancellations on the Temporal that TEMPORAL_ADDRESS names, else on a dev server;
 * worker, simulator and server each in its own process.
 */
async function main(): Promise<void> {
  let options: LoadOptions;
  try {
    options = loadOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
    return;
  }
  const stage = await setUpTemporalStage(options.serverPids);
  const { scenario, cancellations, organizations, scale, poll } = options;
  console.log(`${stage.serverName}; ${machineName()}`);
  if (scenario !== 'soak') console.log(`${scenario}: ${cancellations} of ${organizations} organizations`);
  switch (scenario) {
    case 'cancel':
      console.log(`the mix's durations × ${scale}, at most 3 h × ${scale}; a read every ${poll.min} to ${poll.max}\n`);
      await cancelTasks(stage, options);
      break;
    case 'monitors':
      console.log();
      await watchTasks(stage, options);
      break;
    case 'soak':
      await soak(stage, options);
      break;
  }
  await stage.end();
}

void main();
