import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { OnOtpEvent } from 'nestjs-ants-otp';
import type { AntsFault } from 'nestjs-ants-otp/testing';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { times } from '../support/counts.js';
import { deadlocks } from '../support/deadlocks.js';
import { MANY_SENDS, Story } from '../support/story.js';
import type { AppNo, By, Step } from '../support/story.js';
import { storyViolations } from '../support/story-invariants.js';

const STEPS = times(1_500, 20_000, 400);
const WORKERS = 36;
const TIME_LIMIT_MS = 3_600_000;

const SEED = Number(process.env.OTP_TEST_SEED ?? 20_260_902);
const random = seededRandom(SEED);
const shaky = seededRandom(SEED + 1);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
const below = (count: number): number => Math.floor(random() * count);

/** So few that all asks meet on their limits. */
const ADDRESSES = ['198.51.100.7', '203.0.113.9', '2001:db8:0:1::1', '2001:db8:0:1::2'];
/** What the handlers of both apps were given, and how often they failed. */
const handled = { calls: 0, failures: 0 };

@Injectable()
class Handlers {
  @OnOtpEvent('*', { name: 'steady' })
  steady(): void {
    handled.calls += 1;
  }

  @OnOtpEvent('*', { name: 'shaky' })
  shaky(): void {
    handled.calls += 1;
    if (shaky() >= 0.3) return;
    handled.failures += 1;
    throw new Error('The handler fails.');
  }
}

/** How often each happens, of 40. */
const MIX: [times: number, make: (app: AppNo) => Step][] = [
  [
    9,
    (app) => ({
      ...{ do: 'request', app, number: below(3) },
      purpose: pick([undefined, 'login']),
      subject: pick([undefined, undefined, 'ann']),
      key: pick([undefined, undefined, undefined, 'k1']),
      ip: pick(ADDRESSES),
    }),
  ],
  [5, (app) => ({ do: 'resend', app, otp: below(4), by: by() })],
  [
    10,
    (app) => ({
      ...{ do: 'verify', app, otp: below(4), by: by(), guess: below(6) },
      code: pick(['right', 'old', 'wrong', 'wrong', 'wrong', 'wrong']),
    }),
  ],
  [1, (app) => ({ do: 'cancel', app, otp: below(4), by: pick(['ticket', 'server']) })],
  [
    3,
    (app) => ({
      ...{ do: 'consume', app, otp: below(6) },
      within: pick(['statement', 'commit', 'rollback']),
    }),
  ],
  [1, (app) => ({ do: 'revoke', app, otp: below(6) })],
  [
    4,
    () => ({
      ...{ do: 'report', otp: below(4), sms: pick(['newest', 'first']), times: 1 },
      status: pick(['DELIVERED', 'UNDELIVERED', 'ACCEPTED', 'REJECTED']),
      astray: random() < 0.1,
    }),
  ],
  [3, (app) => ({ do: 'sweep', app })],
  [2, (app) => ({ do: 'purge', app })],
  [1, () => ({ do: 'pass', seconds: pick([2, 2, 5, 16, 31, 301, 86_400 * 5]) })],
  [
    1,
    () => ({ do: 'fault', call: pick(['requestOTP', 'resendOTP', 'verifyOTP']), fault: fault() }),
  ],
];
/** Answers of a load that is not refused at the door. */
const WANTED = [
  ...['request done', 'resend done', 'verify done', 'verify wrong_code', 'verify not_found'],
  ...['cancel done', 'consume done', 'revoke done', 'report done', 'purge done'],
];
const BAG = MIX.flatMap(([count, make]) => Array.from({ length: count }, () => make));
const by = (): By => pick(['ticket', 'ticket', 'ticket', 'subject', 'stranger']);
const fault = (): AntsFault =>
  pick([{ error: '9999' }, { error: '0307' }, { delayMs: 20 }, { cut: true }, { drop: 'after' }]);

describe('every operation beside every other, on few numbers', () => {
  let story: Story;
  beforeAll(async () => {
    const generous = { perHour: 300, perDay: 300, seconds: 5 };
    const policy = { cooldown: [1], maxResends: 10, lockout: generous };
    story = await Story.start({
      numbers: ['0812345701', '0918765702', '0631112703'],
      options: {
        ...policy,
        ...MANY_SENDS,
        // The rows that all asks share: of the addresses and of the day.
        ...{ ipTrusted: true, ipLimit: { ipv4: 10_000, ipv6: 10_000 }, dailyBudget: 1_000_000 },
        retention: { otps: 4 },
        purposes: { login: { maxAttempts: 3 } },
      },
      simulator: { latencyMs: [0, 3], reports: 'delivered' },
      providers: [Handlers],
    });
  });
  afterAll(() => story.close());

  it(
    `${STEPS} steps of ${WORKERS} workers over two apps deadlock never and break no rule`,
    async () => {
      const failures = new Map<string, number>();
      const answers = new Set<string>();
      let left = STEPS;
      const deadline = Date.now() + 60_000;
      // Which answers come is a matter of chance, and while the circuit is open some do not come at all:
      // it goes on until each came once.
      const worker = async (): Promise<void> => {
        while (left-- > 0 || (Date.now() < deadline && !WANTED.every((one) => answers.has(one)))) {
          const step = pick(BAG)(below(2) as AppNo);
          try {
            const { code } = await story.play(step);
            answers.add(`${step.do} ${code ?? 'done'}`);
          } catch (error) {
            const what = String(error);
            failures.set(what, (failures.get(what) ?? 0) + 1);
          }
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, worker));
      for (const { app } of story.apps) await app.get(OtpEventDispatcher).idle();
      expect(Object.fromEntries(failures)).toEqual({});
      expect(await storyViolations(story)).toEqual([]);
      expect(WANTED.filter((one) => !answers.has(one))).toEqual([]);
      expect(handled.calls).toBeGreaterThan(STEPS / 4);
      expect(handled.failures).toBeGreaterThan(STEPS / 40);
      await story.closeApps();
      expect(await deadlocks(story.database)).toBe(0);
    },
    TIME_LIMIT_MS,
  );

  it('would have been told of a deadlock', async () => {
    const before = await deadlocks(story.database);
    const pool = story.database.pool(2);
    await pool.query('CREATE TABLE probe AS SELECT n, 0 AS v FROM generate_series(1, 2) AS n');
    const [one, two] = [await pool.connect(), await pool.connect()];
    const lock = (client: pg.PoolClient, n: number) =>
      client.query('UPDATE probe SET v = v + 1 WHERE n = $1', [n]);
    await one.query('BEGIN');
    await two.query('BEGIN');
    await lock(one, 1);
    await lock(two, 2);
    const ends = await Promise.allSettled([lock(one, 2), lock(two, 1)]);
    expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: '40P01' } },
    ]);
    for (const client of [one, two]) client.release(true);
    await pool.end();
    expect(await deadlocks(story.database)).toBe(before + 1);
  });
});
