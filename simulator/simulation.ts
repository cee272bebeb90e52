import { AccessTokens } from './accessTokens';
import { Calls } from './calls';
import { Faults } from './faults';
import type { Settings } from './settings';
import { DEFAULT_SETTINGS } from './settings';
import { Tasks } from './tasks';

/** Everything that the simulator holds. */
export interface Simulation {
  /** The clock, in ms since the epoch. */
  now: () => number;
  tasks: Tasks;
  calls: Calls;
  faults: Faults;
  accessTokens: AccessTokens;
  settings: Settings;
}

export function createSimulation(now: () => number): Simulation {
  return {
    now,
    tasks: new Tasks(),
    calls: new Calls(),
    faults: new Faults(),
    accessTokens: new AccessTokens(),
    settings: DEFAULT_SETTINGS,
  };
}

/** Forgets all but the access tokens: like real ones, they hold until they expire. */
export function reset(simulation: Simulation): void {
  simulation.tasks.clear();
  simulation.calls.clear();
  simulation.faults.clear();
  simulation.settings = DEFAULT_SETTINGS;
}
