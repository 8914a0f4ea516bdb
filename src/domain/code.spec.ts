import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../test/support/any-text.js';
import { parseCode } from './code.js';

describe('parseCode', () => {
  it.each([
    ['as it was sent', '123456', '123456'],
    ['leading zeros', '000012', '000012'],
    ['4 digits', '1234', '1234'],
    ['10 digits', '1234567890', '1234567890'],
    ['Thai digits', '๑๒๓๔๕๖', '123456'],
    ['full-width digits', '１２３４５６', '123456'],
    ['spaces', ' 123 456\n', '123456'],
    ['no-break spaces', '123\u00a0456', '123456'],
    ['hyphens', '123-456', '123456'],
    ['32 characters', '123456'.padEnd(32), '123456'],
  ])('reads %s', (_, input, code) => {
    expect(parseCode(input)).toBe(code);
  });

  it.each([
    ['nothing', ''],
    ['3 digits', '123'],
    ['11 digits', '12345678901'],
    ['33 characters', '123456'.padEnd(33)],
    ['letters', '12a456'],
    ['a reference code', 'aB3dE5fG7'],
    ['a sign', '+123456'],
    ['a decimal point', '1234.56'],
    ['digits of another script', '१२३४५६'],
    ['a NUL', '1234\0'],
  ])('refuses %s', (_, input) => {
    expect(parseCode(input)).toBeNull();
  });

  it('gives 4 to 10 ASCII digits or nothing, whatever is typed', () => {
    fc.assert(
      fc.property(anyText(), (input) => {
        expect(parseCode(input) ?? '0000').toMatch(/^[0-9]{4,10}$/);
      }),
    );
  });

  it('reads its own answer as the same code', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9๐-๙ -]{4,12}$/), (input) => {
        const code = parseCode(input);
        if (code !== null) expect(parseCode(code)).toBe(code);
      }),
    );
  });
});
