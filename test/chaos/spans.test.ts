import { expect, it } from '@jest/globals';
import { intersection, union } from './spans';

const span = (fromMs: number, toMs: number) => ({ fromMs, toMs });

it('joins spans that overlap or touch, in any order', () => {
  expect(union([span(5, 7), span(0, 2), span(2, 4), span(6, 9), span(6, 8)])).toEqual([span(0, 4), span(5, 9)]);
});

it('finds when all of several were down at once', () => {
  const groups = [[span(0, 10), span(20, 30)], [span(5, 25)], [span(0, 8), span(24, 40)]];
  expect(intersection(groups)).toEqual([span(5, 8), span(24, 25)]);
  expect(intersection([[span(0, 10)], []])).toEqual([]);
});
