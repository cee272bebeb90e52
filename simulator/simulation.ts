import { AccessTokens } from './accessTokens';
import { Calls } from './calls';
import { Faults } from './faults';
import type { Settings } from './settings';
import { DEFAULT_SETTINGS } from './settings';
import type { Change, StateFile } from './stateFile';
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
  /** Keeps a change over a restart, where the simulator has a state file. */
  record: (change: Change) => void;
}

/** @param stateFile null: nothing is kept, nor was anything */
export function createSimulation(now: () => number, stateFile: StateFile | null): Simulation {
  const { changes = [], record = () => undefined }: Partial<StateFile> = stateFile ?? {};
  const simulation = {
    now,
    tasks: new Tasks((task) => {
      record({ kind: 'task', task });
    }),
    calls: new Calls((index, call) => {
      record({ kind: 'call', index, call });
    }),
    faults: new Faults(),
    accessTokens: new AccessTokens((token, expiresAtMs) => {
      record({ kind: 'accessToken', token, expiresAtMs });
    }),
    settings: DEFAULT_SETTINGS,
    record,
  };
  for (const change of changes) restore(simulation, change);
  return simulation;
}

function restore(simulation: Simulation, change: Change): void {
  switch (change.kind) {
    case 'task':
      simulation.tasks.restore(change.task);
      break;
    case 'call':
      simulation.calls.restore(change.index, change.call);
      break;
    case 'accessToken':
      simulation.accessTokens.restore(change.token, change.expiresAtMs);
      break;
    case 'settings':
      simulation.settings = change.settings;
      break;
    case 'reset':
      forget(simulation);
      break;
  }
}

export function changeSettings(simulation: Simulation, patch: Partial<Settings>): void {
  simulation.settings = { ...simulation.settings, ...patch };
  simulation.record({ kind: 'settings', settings: simulation.settings });
}

/** Forgets all but the access tokens: like real ones, they hold until they expire. */
export function reset(simulation: Simulation): void {
  forget(simulation);
  simulation.record({ kind: 'reset' });
}

function forget(simulation: Simulation): void {
  simulation.tasks.clear();
  simulation.calls.clear();
  simulation.faults.clear();
  simulation.settings = DEFAULT_SETTINGS;
}
