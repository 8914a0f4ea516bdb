import { describe, expect, it } from '@jest/globals';
import { rekeyedLimitKey } from './rekeyed-limit-key.js';

const MAC = 'a1'.repeat(16);
const SUBJECT = 'c3'.repeat(32);
/** Turns every bit, so that the length stays. */
const turned = (mac: Buffer): Buffer => Buffer.from(mac.map((byte) => 255 - byte));
const rekeyed = (key: string): string => rekeyedLimitKey(key, turned);
const NEW_MAC = '5e'.repeat(16);

describe('the key of a limit under another look-up secret', () => {
  it.each([
    ['a cool-down', `cooldown:shop:login:${MAC}`, `cooldown:shop:login:${NEW_MAC}`],
    ['a lock', `failures:shop:login:${MAC}`, `failures:shop:login:${NEW_MAC}`],
    [
      'the lock of a subject',
      `failures:shop:login:${MAC}:${SUBJECT}`,
      `failures:shop:login:${NEW_MAC}:${SUBJECT}`,
    ],
    ['a blocked number', `blocked:shop:${MAC}`, `blocked:shop:${NEW_MAC}`],
    ['a range', `guard:shop:${MAC}`, `guard:shop:${NEW_MAC}`],
    ['a watched range', `watched-guard:shop:${MAC}`, `watched-guard:shop:${NEW_MAC}`],
    ['a limit', `number:${MAC}`, `number:${NEW_MAC}`],
    ['an own rule', `own.a.device:${MAC}`, `own.a.device:${NEW_MAC}`],
    ['a pause of a purpose that looks like a MAC', `pause:shop:${MAC}`, `pause:shop:${MAC}`],
    ['how far SMS are counted', 'counted:shop', 'counted:shop'],
    ['a day', 'day:shop:2026-01-31', 'day:shop:2026-01-31'],
  ])('of %s', (_, key, expected) => {
    expect(rekeyed(key)).toBe(expected);
  });

  it.each(['a:b', MAC, 'x\ny', `${'d4'.repeat(14)}:z`])(
    'finds the MAC behind the purpose %j',
    (purpose) => {
      for (const end of ['', `:${SUBJECT}`])
        expect(rekeyed(`failures:shop:${purpose}:${MAC}${end}`)).toBe(
          `failures:shop:${purpose}:${NEW_MAC}${end}`,
        );
      expect(rekeyed(`cooldown:shop:${purpose}:${MAC}`)).toBe(
        `cooldown:shop:${purpose}:${NEW_MAC}`,
      );
    },
  );

  it('is refused when no MAC is where one must be', () => {
    expect(() => rekeyed('number:none')).toThrow('A limit of kind "number" has no MAC');
  });
});
