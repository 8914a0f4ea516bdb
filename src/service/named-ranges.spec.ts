import { describe, expect, it, jest } from '@jest/globals';
import type { OtpSettings } from '../options/otp.settings.js';
import { NamedRanges } from './named-ranges.js';
import type { SendKeys } from './send-keys.js';

describe('the names of ranges', () => {
  const guard = jest.fn(
    (purpose: string, range: string, withSubject: boolean): string =>
      `guard:shop:${purpose} ${range} ${withSubject}`,
  );
  const start = (...purposes: string[]): NamedRanges => {
    guard.mockClear();
    return new NamedRanges(
      { guard } as unknown as SendKeys,
      { purposes } as unknown as OtpSettings,
    );
  };
  /** MACs to know every range of one purpose, with a subject and without. */
  const ALL = 8000;

  it('are found for asks with a subject and without, of every purpose', async () => {
    const keys = [guard('default', '06000', false), guard('transfer', '09999', true)];
    expect([...(await start('transfer').names(keys))]).toEqual([
      [keys[0], { purpose: 'default', range: '06000' }],
      [keys[1], { purpose: 'transfer', range: '09999' }],
    ]);
  });

  it('are looked for once, however many they are', async () => {
    const ranges = start();
    const keys = Array.from({ length: 300 }, (_, n) => `guard:shop:default 08${100 + n} false`);
    expect((await ranges.names(keys)).size).toBe(300);
    expect((await ranges.names([...keys, ...keys])).size).toBe(300);
    expect(guard.mock.calls.length).toBeLessThanOrEqual(ALL);
  });

  it('are looked for no more when no purpose has them', async () => {
    const ranges = start();
    expect((await ranges.names(['guard:shop:gone'])).size).toBe(0);
    expect((await ranges.names(['guard:shop:gone'])).size).toBe(0);
    expect(guard).toHaveBeenCalledTimes(ALL);
  });

  it('let others have their turn meanwhile', async () => {
    const ranges = start('one', 'two');
    const turns: number[] = [];
    let over = false;
    const count = (): void => {
      turns.push(guard.mock.calls.length);
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    await ranges.names(['guard:shop:gone']);
    over = true;
    turns.push(guard.mock.calls.length);
    const steps = turns.map((calls, n) => calls - (turns[n - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(ALL / 4);
  });
});
