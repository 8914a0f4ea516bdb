import { describe, expect, it } from '@jest/globals';
import { OTP_ERRORS } from './errors.js';
import { say } from './sentence.js';

const rows = Object.entries(OTP_ERRORS);
/** Nothing known, and everything. */
const FACTS = [{}, { retryAfter: 90, attemptsLeft: 2, referenceCode: 'aB3dE5' }];

describe('OTP_ERRORS', () => {
  it.each(rows)('%s is spelt in snake case', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it.each(rows)('%s answers with an error status', (_, { status }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it.each(rows)('%s has a sentence in English', (_, { en }) => {
    for (const facts of FACTS) expect(say(en, 'en', facts)).toMatch(/^[A-Z][ -~]+\.$/);
  });

  it.each(rows)('%s has a text in Thai', (_, { th }) => {
    for (const facts of FACTS) {
      expect(say(th, 'th', facts)).toMatch(/^[฀-๿]/);
      expect(say(th, 'th', facts)).not.toMatch(/undefined|null|NaN/);
    }
  });

  it.each(['en', 'th'] as const)('says no two things with the same words (%s)', (language) => {
    const texts = rows.map(([, row]) => say(row[language], language, {}));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it.each([
    [1, 'You can try once more.', 'ลองได้อีก 1 ครั้ง'],
    [2, 'You can try 2 more times.', 'ลองได้อีก 2 ครั้ง'],
    [0, 'The code is wrong.', 'รหัสไม่ถูกต้อง'],
  ])('says how often a wrong code may follow: %d', (attemptsLeft, en, th) => {
    const { wrong_code: row } = OTP_ERRORS;
    expect(say(row.en, 'en', { attemptsLeft }).endsWith(en)).toBe(true);
    expect(say(row.th, 'th', { attemptsLeft }).endsWith(th)).toBe(true);
  });
});
