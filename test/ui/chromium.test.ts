import { describe, expect, it } from '@jest/globals';
import { chromiumPath } from './chromium';

describe('without a browser', () => {
  it('the tests of the UI fail, and say how to get one', async () => {
    await expect(chromiumPath({ PATH: '/nowhere' })).rejects.toThrow(/apt-get install chromium.*or set CHROMIUM_PATH/);
  });

  it('a path that was named wrongly is not replaced in silence', async () => {
    await expect(chromiumPath({ ...process.env, CHROMIUM_PATH: '/nowhere/chromium' })).rejects.toThrow(
      'CHROMIUM_PATH is /nowhere/chromium',
    );
  });
});
