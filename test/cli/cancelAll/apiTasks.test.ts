import { afterEach, expect, it } from '@jest/globals';
import { apiTasks } from '../../../cli/cancelAll/apiTasks';
import { SimulatorControls } from '../../../development/simulatorControls';
import { startSimulator } from '../../../simulator/server';
import type { Simulator } from '../../../simulator/server';
import { readVmcConfiguration } from '../../../vmc/configuration';

let simulator: Simulator;
afterEach(() => simulator.close());

it('takes no list that holds a task of another organization: something changed the question', async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  const configuration = await readVmcConfiguration({
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: 'any',
  });
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const listed = [
    { id: 't1', status: 'STARTED', org_id: 'o1' },
    { id: 't2', status: 'STARTED', org_id: 'o2' },
  ];
  const controls = new SimulatorControls(simulator.url);
  await controls.addFault({ operation: 'listTasks', times: 1, status: 200, body: listed });
  await expect(apiTasks(configuration.value, { orgId: 'o1' })).rejects.toThrow('tasks of another organization (1)');
});
