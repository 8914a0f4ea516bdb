import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../test/support/any-text.js';
import { times } from '../../test/support/counts.js';
import { e164Of, foldThaiDigits, parseMobile } from './mobile.js';

const NBSP = '\u00a0';
const thai = (text: string): string => text.replace(/\d/g, (d) => '๐๑๒๓๔๕๖๗๘๙'.charAt(Number(d)));
const fullWidth = (text: string): string =>
  text.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)));

describe('parseMobile', () => {
  it.each([
    ['the national form', '0812345678'],
    ['hyphens', '081-234-5678'],
    ['hyphens at other places', '08-1234-5678'],
    ['spaces', '081 234 5678'],
    ['spaces around it', '  0812345678\n'],
    ['no-break spaces', `081${NBSP}234${NBSP}5678`],
    ['dots', '081.234.5678'],
    ['dashes', '081–234–5678'],
    ['parentheses', '(081) 234-5678'],
    ['no leading zero', '812345678'],
    ['E.164', '+66812345678'],
    ['E.164 with spaces', '+66 81 234 5678'],
    ['E.164 with a kept zero', '+66 (0) 81 234 5678'],
    ['E.164 in parentheses', '(+66) 81 234 5678'],
    ['the international prefix 00', '0066812345678'],
    ['the international prefix 00 with hyphens', '0066 81-234-5678'],
    ['the international prefix 00 set apart', '00 66 81 234 5678'],
    ["the form of ANTS' wire", '66812345678'],
    ['the country code and a kept zero', '660812345678'],
    ['Thai digits', '๐๘๑-๒๓๔-๕๖๗๘'],
    ['Thai digits after +66', '+66 ๘๑ ๒๓๔ ๕๖๗๘'],
    ['full-width digits', '０８１２３４５６７８'],
    ['full-width digits and plus', '＋６６８１２３４５６７８'],
    ['64 characters', '0812345678'.padEnd(64)],
  ])('reads %s', (_, input) => {
    expect(parseMobile(input)?.e164).toBe('+66812345678');
  });

  it.each([
    ['nothing', ''],
    ['spaces only', '   '],
    ['a landline of Bangkok', '02-123-4567'],
    ['a landline of Chiang Mai', '053-123-456'],
    ['a landline in E.164', '+6621234567'],
    ['a toll-free number', '1800 123 456'],
    ['an emergency number', '191'],
    ['a mobile number of Japan', '+819012345678'],
    ['a number of the USA', '+14155552671'],
    ['a number of the USA with 00', '0014155552671'],
    ['too few digits', '081234567'],
    ['too many digits', '08123456789'],
    ['the country code twice', '+6666812345678'],
    ['letters', '081-ABC-5678'],
    ['a letter for a digit', '081234567O'],
    ['text before it', 'abc 0812345678'],
    ['text after it', '0812345678 abc'],
    ['two numbers', '0812345678 0812345679'],
    ['an extension', '0812345678 ext 5'],
    ['an extension after #', '0812345678#5'],
    ['an extension of RFC 3966', '0812345678;ext=5'],
    ['a context of RFC 3966', '812345678;phone-context=+1'],
    ['a range that is not given out', '0112345678'],
    ['65 characters', '0812345678'.padEnd(65)],
    ['digits of another script', '०८१२३४५६७८'],
  ])('refuses %s', (_, input) => {
    expect(parseMobile(input)).toBeNull();
  });

  it('gives every form the module uses', () => {
    expect(parseMobile('081-234-5678')).toEqual({
      e164: '+66812345678',
      wire: '66812345678',
      mask: '08x-xxx-5678',
    });
  });

  it.each(['0612345678', '0812345678', '0912345678', '0662345678'])(
    'knows the mobile range of %s',
    (input) => {
      expect(parseMobile(input)?.e164).toBe(`+66${input.slice(1)}`);
    },
  );

  it('reads every spelling of a number as the same number', () => {
    const national = fc
      .tuple(
        fc.constantFrom('61', '66', '80', '81', '89', '91', '98'),
        fc.stringMatching(/^\d{7}$/),
      )
      .map((parts) => parts.join(''))
      .filter((digits) => parseMobile(`0${digits}`) !== null);
    const prefix = fc.constantFrom('0', '+66', '+66 ', '66', '66-', '0066', '0066 ', '+660');
    const separator = fc.constantFrom('', ' ', '-', '.', NBSP);
    const script = fc.constantFrom((text: string) => text, thai, fullWidth);
    fc.assert(
      fc.property(national, prefix, separator, script, (digits, start, between, write) => {
        const groups = [digits.slice(0, 2), digits.slice(2, 5), digits.slice(5)];
        const spelling = write(start + groups.join(between));
        expect(parseMobile(spelling)?.e164).toBe(`+66${digits}`);
      }),
      { numRuns: times(1_000, 1_000) },
    );
  });

  it('reads its own forms back', () => {
    const { e164, wire } = parseMobile('081-234-5678')!;
    expect([e164, wire].map((form) => parseMobile(form)?.e164)).toEqual([e164, e164]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyText(), (input) => {
        expect(() => parseMobile(input)).not.toThrow();
      }),
    );
  });
});

describe('foldThaiDigits', () => {
  it('folds the ten Thai digits and nothing else', () => {
    expect(foldThaiDigits('๐๑๒๓๔๕๖๗๘๙ ก1x฿')).toBe('0123456789 ก1x฿');
  });
});

describe('e164Of', () => {
  it.each(['66812345678', '+66812345678', '081-234-5678', '660812345678', '๐๘๑๒๓๔๕๖๗๘'])(
    'names the number of %s as parseMobile does',
    (text) => {
      expect(e164Of(text)).toBe('+66812345678');
      expect(e164Of(text)).toBe(parseMobile(text)?.e164);
    },
  );

  it.each(['', '6681234567', '668123456789', '66812345678x', '14155552671', 'ANTS'])(
    'finds no number in "%s"',
    (text) => {
      expect(e164Of(text)).toBeNull();
    },
  );
});
