import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import provideBuild from './build';

/**
 * Once for the whole run: what takes seconds, and a download the first time on a machine, costs no
 * single test its time limit.
 */
export default async function provideTemporal(): Promise<void> {
  await Promise.all([temporalExecutable('temporal'), temporalExecutable('temporal-test-server'), provideBuild()]);
}
