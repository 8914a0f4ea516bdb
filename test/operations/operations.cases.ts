import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnreadableReports } from '../../src/service/unreadable-reports.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

/** The SQL of docs/operations.md, run on the rows of an app that has had some trouble. */

const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const queries = page
  .split('\n## ')
  .flatMap((section) =>
    [...section.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(
      ([, sql = '']) => [section.split('\n')[0]!, sql] as const,
    ),
  );

describe('the queries of docs/operations.md', () => {
  let test: TestApp;

  const answerOf = async (heading: string, number = 0): Promise<Record<string, unknown>[]> => {
    const sql = queries.filter(([of]) => of === heading)[number]?.[1];
    if (sql === undefined) throw new Error(`"${heading}" has no such query.`);
    return (await test.database.query(sql)).rows;
  };

  beforeAll(async () => {
    test = await bootApp({ options: { dailyBudget: 100, publicUrl: undefined } });
    const { otps, simulator, database } = test;
    const [lost, proven] = [nextMobile(), nextMobile()];
    await otps.request({ mobile: lost, purpose: 'login' });
    const { id, ticket } = await otps.request({ mobile: proven, purpose: 'login' });
    await otps.verify(id, simulator.codeFor(proven), { ticket });
    await test.app.get(UnreadableReports).note(id, {
      ...{ reason: 'no_report', contentType: 'application/json', bytes: 40, fieldNames: ['text'] },
    });
    // Last: no SMS leaves for a minute after it.
    simulator.next('requestOTP', { error: '9995' });
    await expect(otps.request({ mobile: nextMobile() })).rejects.toThrow();
    await database.query(
      `UPDATE otp_sends SET delivery = 'undelivered', delivery_code = '2', message_id = '1' WHERE otp_id <> $1 AND outcome = 'sent'`,
      [id],
    );
  });
  afterAll(() => test.close());

  it('are all tried below, and change nothing', () => {
    expect(queries.map(([heading]) => heading)).toEqual([
      'What to watch',
      'Customers get no SMS',
      'Customers get no SMS',
      'Credit ran out',
      'We are being pumped',
      'No delivery reports come',
      'Delivery reports cannot be read',
      'An event is parked',
      'The database was away',
      'A key must go',
    ]);
    for (const [, sql] of queries) expect(sql).toMatch(/^SELECT(?![\s\S]*;[\s\S]*\S)/);
  });

  it('show what becomes of OTPs', async () => {
    expect(await answerOf('Customers get no SMS')).toContainEqual(
      expect.objectContaining({ status: 'send_failed', error_code: '9995', count: '1' }),
    );
    expect(await answerOf('Customers get no SMS', 1)).toEqual([
      expect.objectContaining({ delivery: 'undelivered', delivery_code: '2', for_example: '1' }),
    ]);
    const [hour] = await answerOf('No delivery reports come');
    expect(hour).toMatchObject({ verified: '1', without_report: '1' });
    expect(await answerOf('Delivery reports cannot be read')).toMatchObject([
      {
        ...{ reason: 'no_report', content_type: 'application/json', otps: '1' },
        ...{ known_fields: '["text"]', max_bytes: '40' },
      },
    ]);
  });

  it('show what is used of limits and of the day', async () => {
    const [day] = await answerOf('Credit ran out');
    expect(day).toMatchObject({ sms: 2, budget: 100 });
    const limits = await answerOf('We are being pumped');
    expect(limits).toContainEqual(expect.objectContaining({ kind: 'number', sms: 1 }));
  });

  it('show what is owed to handlers, and which keys are needed', async () => {
    expect(await answerOf('An event is parked')).toEqual([]);
    const [key] = await answerOf('A key must go');
    expect(key).toMatchObject({ count: '3' });
  });

  it('show the share that is verified, and what nobody has swept', async () => {
    expect(await answerOf('The database was away')).toEqual([]);
    await test.database.age('1 hour');
    expect(await answerOf('What to watch')).toContainEqual(
      expect.objectContaining({ purpose: 'login', percent_verified: '50' }),
    );
    expect(await answerOf('The database was away')).toHaveLength(1);
  });
});
