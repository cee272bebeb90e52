import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { allBreaks, whyNotApplicable } from './patches';

const ROOT = path.join(__dirname, '..', '..', '..');

describe('the breaks that campaign and model must catch', () => {
  it('are ten, and each says what it breaks', () => {
    expect(allBreaks()).toHaveLength(10);
    for (const { breaks } of allBreaks()) expect(breaks).toMatch(/^[A-Z].*\.$/);
  });

  it('do not apply to sources that they do not know', () => {
    const reasons = allBreaks().map((one) => whyNotApplicable(one, __dirname));
    expect(reasons).not.toContain(null);
  });

  it.each(allBreaks())('$name still applies to the sources', (one) => {
    expect(whyNotApplicable(one, ROOT)).toBeNull();
  });
});
