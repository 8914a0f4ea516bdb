import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from '../support/request.js';
import { ADAPTERS, bootApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';

const HOUR = 3_600_000;
/** A date as ANTS writes it: Bangkok time without a zone. */
const bangkok = (ms: number): string => new Date(ms + 7 * HOUR).toISOString().slice(0, 19);

/** Dates that parse and cannot be right. */
const ODD: [name: string, date: () => string][] = [
  ['the empty date of .NET', () => '0001-01-01T00:00:00'],
  ['the year 0', () => '0000-01-01T00:00:00'],
  ['the start of the epoch', () => '1970-01-01T07:00:00'],
  ['the end of the calendar', () => '9999-12-31T23:59:59'],
  ['a date 73 h ago', () => bangkok(Date.now() - 73 * HOUR)],
  ['a date 74 h ahead', () => bangkok(Date.now() + 74 * HOUR)],
];

describe.each(ADAPTERS)('a report with a date that cannot be right on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter });
  });
  afterAll(() => t.close());

  const ask = async () => {
    const mobile = '0800000110'; // no report comes by itself
    await t.database.query('DELETE FROM otp_limits');
    const otp = await t.otps.request({ mobile, purpose: `dates-${Math.random()}` });
    return { id: otp.id, path: new URL(t.simulator.lastSms(mobile)!.notifyUrl!).pathname };
  };
  const post = (path: string, dates: { doneDate?: string; sendDate?: string }) =>
    request(t.url)
      .post(path)
      .send({ details: [{ messageId: '7', status: { name: 'DELIVERED' }, ...dates }] })
      .expect(200);
  const datesOf = async (id: string) =>
    (await t.database.query('SELECT done_at, sent_at FROM otp_sends WHERE otp_id = $1', [id]))
      .rows[0] as { done_at: Date | null; sent_at: Date | null };

  it.each(ODD)('lets %s win nothing, in either order', async (_name, odd) => {
    const good = bangkok(Date.now());
    const at = new Date(`${good}+07:00`);
    for (const dates of [
      [good, odd()],
      [odd(), good],
    ]) {
      const { id, path } = await ask();
      for (const date of dates) await post(path, { doneDate: date, sendDate: date });
      expect(await datesOf(id)).toEqual({ done_at: at, sent_at: at });
    }
  });

  it.each(ODD)('stores %s as missing, and keeps its text in the history', async (_name, odd) => {
    const { id, path } = await ask();
    const date = odd();
    await post(path, { doneDate: date, sendDate: date });
    expect(await datesOf(id)).toEqual({ done_at: null, sent_at: null });
    expect((await t.otps.history(id)).at(-1)!.data).toMatchObject({ doneDate: date });
    expect(await t.otps.status(id)).toMatchObject({ delivery: 'delivered' });
  });
});
