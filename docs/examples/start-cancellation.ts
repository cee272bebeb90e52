// Cancels a VMware Cloud on AWS task and waits until the API has reported its end:
//   node start-cancellation.js ORG TASK
import { CancellationClient, RunFailedError } from 'vmc-cancel';

async function cancelTask(orgId: string, taskId: string): Promise<void> {
  // Temporal is found by the TEMPORAL_* variables or its profile file.
  const client = await CancellationClient.connect();
  try {
    const { workflowId, joined } = await client.start({ orgId, taskId, deadline: '6h', onDeclined: 'monitor' });
    console.error(`${joined ? 'joined' : 'started'} ${workflowId}`);
    // The cancellation does not depend on this process: come back with the same id.
    console.log(await client.result(workflowId));
  } catch (error) {
    // There is no verdict: `error.failure.type` is TaskNotFound, Unauthorized, InvalidInput, …
    if (!(error instanceof RunFailedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await client.close();
  }
}

const [orgId = '', taskId = ''] = process.argv.slice(2);
void cancelTask(orgId, taskId);
