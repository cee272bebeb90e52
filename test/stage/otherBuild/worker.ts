import { NativeConnection, Worker } from '@temporalio/worker';
import { DEFAULT_TASK_QUEUE } from '../../../domain/contract/names';

/** A worker of another build, in this process. Returns what stops it. */
export async function startOtherBuild(address: string): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = require.resolve('./workflows');
  const worker = await Worker.create({ connection, taskQueue: DEFAULT_TASK_QUEUE, workflowsPath });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}
