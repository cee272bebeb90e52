import type { CancellationIds } from '../../client/cancellationId';
import type { WatchEvent } from '../../client/watch';

/** Displays the events of a watch. */
export interface WatchView {
  saw(ids: CancellationIds, event: WatchEvent): void;
  failed(ids: CancellationIds, error: unknown): void;
  /** Leaves the cursor below the last line. */
  end?(): void;
}
