import { describe, expect, it } from '@jest/globals';
import { workerIdentity, workerVersion } from '../../domain/workerIdentity';

describe('the identity of a worker', () => {
  it('begins as the SDK would have it, and tells its version', () => {
    const identity = workerIdentity({ pid: 12, host: 'node-1', version: '1.2.3-rc.1' });
    expect(identity).toBe('12@node-1 vmc-cancel/1.2.3-rc.1');
    expect(workerVersion(identity)).toBe('1.2.3-rc.1');
  });

  it.each(['12@node-1', '', 'vmc-cancel/1.0.0@node-1', '12@node-1 other/1.0.0', '12@node-1 vmc-cancel/'])(
    'of another form tells none: %j',
    (identity) => {
      expect(workerVersion(identity)).toBeNull();
    },
  );
});
