import { expect, it } from '@jest/globals';
import { bar, columnsOverTime, histogram, lineOfTime } from './charts.js';

const COLUMNS = Array.from({ length: 24 }, (_, i) => ({
  ...{ title: `part ${i}`, whole: i, part: 0 },
}));
const texts = (svg: string, anchor: string): string[] =>
  [...svg.matchAll(/<text[^>]*text-anchor="(\w+)"[^>]*>([^<]*)</g)]
    .filter(([, found]) => found === anchor)
    .map(([, , text]) => text!);
const over = (seconds: number, language = 'en'): string =>
  columnsOverTime(COLUMNS, { at: new Date('2026-03-01T03:10:00Z'), seconds, language }).text;

it('writes the times of Bangkok below, at whole hours and days', () => {
  expect(texts(over(3_600), 'middle')).toEqual(['09:15', '09:30', '09:45', '10:00']);
  expect(texts(over(86_400), 'middle')).toEqual(['12:00', '18:00', '00:00', '06:00']);
  expect(texts(over(604_800, 'th'), 'middle')).toContain('28 ก.พ.');
});

it('has a round axis of whole numbers, and a title for each column', () => {
  expect(texts(over(3_600), 'end')).toEqual(['0', '10', '20', '30']);
  expect(over(3_600).match(/<title>/g)).toHaveLength(24);
  const none = columnsOverTime([{ title: '', whole: 1, part: 0 }], {
    ...{ at: new Date(0), seconds: 3_600, language: 'en' },
  });
  expect(texts(none.text, 'end')).toEqual(['0', '1']);
});

it('puts each bound between its columns', () => {
  const { text } = histogram(
    [
      { title: '', count: 1 },
      { title: '', count: 2 },
    ],
    [5],
  );
  expect(texts(text, 'middle')).toEqual(['5']);
  expect(text).toMatch(/<text x="55%"/);
});

it('is never longer than the whole', () => {
  expect(bar(3, 2).text).toContain('width="100%" height="10" rx="2"');
  expect(bar(1, 0).text).toContain('width="0%"');
});

it('keeps on its line what happened in one moment', () => {
  expect(lineOfTime(0, [3, 95]).x(0)).toBe(3);
  expect(lineOfTime(0.4, [3, 95]).ticks).toEqual([0, 1]);
});

it('has its ticks at whole seconds, minutes, hours or days', () => {
  const ticks = (seconds: number): number[] => lineOfTime(seconds, [3, 95]).ticks;
  expect(ticks(20)).toEqual([0, 5, 10, 15, 20]);
  expect(ticks(310)).toEqual([0, 60, 120, 180, 240, 300]);
  expect(ticks(4 * 86_400)).toEqual([0, 86_400, 172_800, 259_200, 345_600]);
});
