import { describe, expect, it } from '@jest/globals';
import { OTP_ERRORS } from './errors.js';

const rows = Object.entries(OTP_ERRORS);

describe('OTP_ERRORS', () => {
  it.each(rows)('%s is spelt in snake case', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it.each(rows)('%s answers with an error status', (_, { status }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it.each(rows)('%s has a sentence in English', (_, { en }) => {
    expect(en).toMatch(/^[A-Z][ -~]+\.$/);
  });

  it.each(rows)('%s has a text in Thai', (_, { th }) => {
    expect(th).toMatch(/^[฀-๿]/);
  });

  it.each(['en', 'th'] as const)('says no two things with the same words (%s)', (language) => {
    const texts = rows.map(([, row]) => row[language]);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
