import { describe, expect, it } from '@jest/globals';
import { runUrl, uiUrl } from '../../cli/uiLinks';

describe('the address of the UI', () => {
  it.each([
    ['localhost:7233', 'http://localhost:8233'],
    ['127.0.0.1:17233', 'http://localhost:8233'],
    ['[::1]:7233', 'http://localhost:8233'],
    ['my-ns.a1b2c.tmprl.cloud:7233', 'https://cloud.temporal.io'],
    ['us-east-1.aws.api.temporal.io:7233', 'https://cloud.temporal.io'],
    ['temporal.example.com:7233', null],
    ['localhost.example.com:7233', null],
  ])('for %s is %s', (address, url) => {
    expect(uiUrl(address, {})).toBe(url);
  });

  it('is what VMC_CANCEL_UI_URL says, and only an http one', () => {
    expect(uiUrl('localhost:7233', { VMC_CANCEL_UI_URL: 'https://ui.example.com/temporal/' })).toBe(
      'https://ui.example.com/temporal',
    );
    expect(() => uiUrl('localhost:7233', { VMC_CANCEL_UI_URL: 'javascript:alert(1)' })).toThrow(
      'VMC_CANCEL_UI_URL must be',
    );
  });

  it('leads to the run', () => {
    const run = { workflowId: 'vmc-cancel:o:t', runId: 'r1' };
    expect(runUrl('http://ui', 'ns.acct', run)).toBe('http://ui/namespaces/ns.acct/workflows/vmc-cancel%3Ao%3At/r1');
  });
});
