import path from 'node:path';
import { SimulatorControls } from '../../development/simulatorControls';
import { startChildProcess } from './childProcess';

export interface SimulatorProcess {
  pid: number;
  /** Where the worker finds the API, and what it signs in with. */
  environment: Record<string, string>;
  controls: SimulatorControls;
  stop: () => Promise<void>;
}

/**
 * The simulator as a process of its own, so that its CPU and the memory of its call log are nobody
 * else's.
 */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const main = path.join(__dirname, '..', '..', 'simulator', 'main.ts');
  const child = await startChildProcess(['--import', 'tsx', main, '--port', '0'], {
    ready: /on (\S+) \(VMC_API_URL=(\S+) VMC_CSP_URL=(\S+)\)/,
  });
  const [, url = '', apiUrl = '', cspUrl = ''] = child.line;
  return {
    pid: child.pid,
    environment: { VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: 'bench-token' },
    controls: new SimulatorControls(url),
    stop: child.stop,
  };
}
