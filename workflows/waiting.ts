import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/**
 * As `condition(fn, ms)`, which makes a scope for each wait. The constructor of `CancellationScope`
 * (SDK 1.24, `workflow/src/cancellation-scope.ts`) hangs a `catch` on the promise of its parent,
 * which keeps the scope for as long as the run lives. Here all waits that end by their timer share
 * one scope.
 */
export class Waiting {
  private scope: CancellationScope | null = null;

  async until(happened: () => boolean, waitMs: number, summary: string): Promise<void> {
    const scope = (this.scope ??= new CancellationScope());
    const timer = { hasFired: false };
    const fire = () => {
      timer.hasFired = true;
    };
    // Rejected when it is cancelled below.
    void scope.run(() => sleep(waitMs, { summary })).then(fire, () => undefined);
    await condition(() => timer.hasFired || happened());
    if (timer.hasFired) return;
    this.scope = null;
    scope.cancel();
  }
}
