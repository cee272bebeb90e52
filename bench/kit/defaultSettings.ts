import type { CancelTaskSettings } from '../../domain/contract/input';
import { parseCancelTaskInput } from '../../domain/contract/input';

/** Of a cancellation that says nothing but whose. */
export const DEFAULT_SETTINGS = defaultSettings();

function defaultSettings(): CancelTaskSettings {
  const parsed = parseCancelTaskInput({ orgId: 'bench', taskId: 'task' });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}
