import { describe, expect, it } from '@jest/globals';
import { say, whenOf } from './sentence.js';

describe('a wait in words', () => {
  it.each([
    [1, 'in 1 second', 'ในอีก 1 วินาที'],
    [99, 'in 99 seconds', 'ในอีก 99 วินาที'],
    [100, 'in 2 minutes', 'ในอีก 2 นาที'],
    [120, 'in 2 minutes', 'ในอีก 2 นาที'],
    [121, 'in 3 minutes', 'ในอีก 3 นาที'],
    [3600, 'in 60 minutes', 'ในอีก 60 นาที'],
    [6000, 'in 2 hours', 'ในอีก 2 ชั่วโมง'],
    [86_400, 'in 24 hours', 'ในอีก 24 ชั่วโมง'],
    [172_800, 'in 2 days', 'ในอีก 2 วัน'],
  ])('%d s is never too short, and of one number', (seconds, en, th) => {
    expect([whenOf(seconds, 'en'), whenOf(seconds, 'th')]).toEqual([en, th]);
  });

  it('is said in languages that the module does not speak itself', () => {
    expect(whenOf(120, 'zh')).toBe('2分钟后');
    expect(whenOf(120, 'lo')).toContain('2');
  });

  it('is English where Node does not know the language', () => {
    expect(whenOf(120, 'qqq')).toBe('in 2 minutes');
  });
});

describe('a sentence', () => {
  it('is a text, or made of the facts', () => {
    expect(say('Wait.', 'en', { retryAfter: 90 })).toBe('Wait.');
    expect(
      say(({ when, attemptsLeft }) => `${when}/${attemptsLeft}`, 'en', { retryAfter: 9 }),
    ).toBe('in 9 seconds/undefined');
  });

  it('gets no more than the facts that are for people', () => {
    const refusal = { attemptsLeft: 2, antsCode: '9996', code: 'wrong_code' };
    expect(say((facts) => JSON.stringify(facts), 'en', refusal)).toBe('{"attemptsLeft":2}');
  });
});
