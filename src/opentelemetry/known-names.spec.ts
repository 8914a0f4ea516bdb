import { expect, it } from '@jest/globals';
import { KnownNames } from './known-names.js';

it('keeps the first 50 names and calls every later one other', () => {
  const names = new KnownNames();
  const seen = Array.from({ length: 200 }, (_, n) => names.of(`order-${n}`));
  expect(new Set(seen).size).toBe(51);
  expect([seen[49], seen[50], names.of('order-0')]).toEqual(['order-49', 'other', 'order-0']);
});
