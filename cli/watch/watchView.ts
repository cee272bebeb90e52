import type { CancellationIds } from '../../client/cancellationId';
import type { WatchEvent } from '../../client/watch';

/** Where a watch shows what it sees. */
export interface WatchView {
  saw(ids: CancellationIds, event: WatchEvent): void;
  failed(ids: CancellationIds, error: unknown): void;
  /** Leaves the screen in order. */
  end?(): void;
}
