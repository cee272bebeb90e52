import type { CancelTaskSettings } from '../domain/input';
import { parseCancelTaskInput } from '../domain/input';

/** Of a cancellation that says nothing but whose. */
export const DEFAULT_SETTINGS = defaultSettings();

function defaultSettings(): CancelTaskSettings {
  const parsed = parseCancelTaskInput({ orgId: 'bench', taskId: 'task' });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}
