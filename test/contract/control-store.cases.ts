import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { SETTLED_SECONDS } from '../../src/domain/conversion.js';
import { MAX_LIFE_SECONDS } from '../../src/domain/lifecycle.js';
import type { OtpRecord } from '../../src/domain/otp.js';
import type { ControlStore, PumpedRange, PumpingCheck } from '../../src/ports/control-store.js';
import type { NewOtp, OtpStore } from '../../src/ports/otp-store.js';
import { STOP_PUMPED } from '../../src/persistence/conversions.sql.js';
import { inSchema } from '../../src/persistence/schema.js';
import { ask, BUDGETS, newOtp, pendingOtp, sentAnswer, SERVER, WRONG } from './store-fixtures.js';
import { memoryHarness, postgresHarness, SCHEMA } from './store-harness.js';
import type { PostgresHarness, StoreHarness } from './store-harness.js';

const RULE = { sends: 10, verified: 0.2, seconds: 3600 };
/** A code lives for 300 s, and what a check of it wrote stands 30 s later. */
const COUNTED_AFTER = 331;
let instances = 0;

/** So many OTPs whose SMS are out, to one range. */
async function sendTo(
  store: OtpStore,
  instance: string,
  key: string,
  count: number,
): Promise<OtpRecord[]> {
  const otps: OtpRecord[] = [];
  for (let n = 0; n < count; n++)
    otps.push(await pendingOtp(store, { instance, limitKeys: [key] }));
  return otps;
}

/** What the looks find until they have come to now. */
async function pumpedOf(
  controls: ControlStore,
  instance: string,
  other: Partial<PumpingCheck> = {},
): Promise<PumpedRange[]> {
  for (;;) {
    const { pumped, behind } = await controls.stopPumped({
      ...{ instance, rule: RULE, enforced: true, ...other },
    });
    if (!behind) return pumped;
  }
}

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('the controls of the %s store', (_, open) => {
  let harness: StoreHarness;
  let store: OtpStore;
  let controls: ControlStore;
  beforeAll(async () => {
    harness = await open();
    ({ store, controls } = harness);
  });
  afterAll(() => harness.close());

  /** Tests see only what is their own. */
  const own = (): string => {
    instances += 1;
    return `controls-${instances}`;
  };
  const check = (keys: string[]) => store.checkLimits({ keys, rules: {} });

  describe('a stop', () => {
    it('refuses a send that looks at its key until its time is over', async () => {
      const key = `pause:${own()}:`;
      await controls.stop(key, 60);
      expect((await check([key])).usedUp).toEqual({ kind: 'pause', until: expect.any(Date) });
      expect((await check([`${key}other`])).usedUp).toBeNull();
      await harness.pass(61);
      expect((await check([key])).usedUp).toBeNull();
    });

    it('without a time lasts until it is lifted, and asks nobody to wait for longer than an hour', async () => {
      const instance = own();
      const key = `pause:${instance}:`;
      await controls.stop(key, null);
      await harness.pass(86_400);
      expect(await controls.stops(instance)).toEqual([
        { kind: 'pause', key, until: null, mobileMask: null },
      ]);
      const { now } = await store.preCheck(
        { instance, purpose: 'login', mobileMac: randomBytes(16), subject: null },
        { keys: [], rules: {} },
      );
      const { usedUp } = await check([key]);
      expect(usedUp!.until.getTime() - now.getTime()).toBeLessThanOrEqual(3_601_000);
      expect(await controls.lift(key)).toBe(true);
      expect(await controls.lift(key)).toBe(false);
      expect((await check([key])).usedUp).toBeNull();
      expect(await controls.stops(instance)).toEqual([]);
    });

    it('refuses a resend, which leaves no trace', async () => {
      const instance = own();
      const key = `pause:${instance}:login`;
      const otp = await pendingOtp(store, { instance, limitKeys: [key] });
      await harness.pass(61);
      await controls.stop(key, null);
      const resend = {
        ...{ id: otp.id, instance, holder: SERVER, cooldowns: { '': [60] }, limits: { '': {} } },
      };
      expect(await store.reserveResend(resend)).toEqual({ kind: 'refused' });
      expect((await store.sends(otp.id)).length).toBe(1);
      await controls.lift(key);
      expect((await store.reserveResend(resend)).kind).toBe('reserved');
    });

    it('names the mask of a blocked number while an OTP of it is stored', async () => {
      const instance = own();
      const otp = await pendingOtp(store, { instance });
      const key = `blocked:${instance}:${otp.mobileMac.toString('hex')}`;
      await controls.stop(key, 60);
      expect(await controls.stops(instance)).toEqual([
        { kind: 'blocked', key, until: expect.any(Date), mobileMask: '08x-xxx-5678' },
      ]);
    });

    it('outlives the purge of limits', async () => {
      const key = `pause:${own()}:`;
      await controls.stop(key, null);
      await harness.pass(10 * 86_400);
      await store.purge('default', 'limits', 2, 1000);
      expect((await check([key])).usedUp?.kind).toBe('pause');
    });
  });

  describe('unlock', () => {
    it('opens a locked number for every subject of its purpose, and no other', async () => {
      const instance = own();
      const mobileMac = randomBytes(16);
      const budgets = { '': { ...BUDGETS[''], perHour: 1 } };
      const lock = async (overrides: Partial<NewOtp>) => {
        const otp = await pendingOtp(store, { instance, mobileMac, ...overrides });
        const tried = await store.reserveTry({
          ...{ id: otp.id, instance, holder: SERVER, codeMac: WRONG, budgets },
        });
        await store.settleTry(otp.id, tried!.otp, 'wrong', {});
        await store.cancel(otp.id, instance, SERVER);
        await harness.pass(61);
      };
      const lockedUntil = async (purpose: string, subject: string | null) =>
        (await store.preCheck({ instance, purpose, mobileMac, subject }, { keys: [], rules: {} }))
          .lockedUntil;
      await lock({ purpose: 'login' });
      await lock({ purpose: 'login', subject: 'u1' });
      await lock({ purpose: 'transfer' });
      expect(await controls.unlock({ instance, purpose: 'login', mobileMac })).toBe(true);
      expect(await lockedUntil('login', null)).toBeNull();
      expect(await lockedUntil('login', 'u1')).toBeNull();
      expect(await lockedUntil('transfer', null)).not.toBeNull();
      expect(await controls.unlock({ instance, purpose: 'login', mobileMac })).toBe(false);
    });
  });

  describe('the conversion of a range', () => {
    const looked = (instance: string, other?: Partial<PumpingCheck>): Promise<PumpedRange[]> =>
      pumpedOf(controls, instance, other);
    const newKey = (instance: string): string =>
      `guard:${instance}:${randomBytes(8).toString('hex')}`;
    const verify = async ({ id, instance }: OtpRecord): Promise<void> => {
      const tried = await store.reserveTry({
        ...{ id, instance, holder: SERVER, codeMac: WRONG, budgets: BUDGETS },
      });
      await store.settleTry(id, tried!.otp, 'right', {});
    };
    /** So many SMS to a range, of which so many were verified. */
    const range = async (
      instance: string,
      count: number,
      verified: number,
      key = newKey(instance),
    ): Promise<string> => {
      const otps = await sendTo(store, instance, key, count);
      for (const otp of otps.slice(0, verified)) await verify(otp);
      return key;
    };

    it('stops it once too few were verified, and says so once', async () => {
      const instance = own();
      const key = await range(instance, 10, 1);
      await harness.pass(COUNTED_AFTER);
      const found = await Promise.all([1, 2, 3].map(() => looked(instance)));
      expect(found.flat()).toEqual([{ key, sends: 10, verified: 1 }]);
      expect((await check([key])).usedUp?.kind).toBe('guard');
      await harness.pass(3601);
      expect((await check([key])).usedUp).toBeNull();
    });

    it('lets a range go that verifies enough, has too few SMS, or is too young', async () => {
      const instance = own();
      await range(instance, 10, 2);
      await range(instance, 9, 0);
      await harness.pass(COUNTED_AFTER);
      await range(instance, 10, 0);
      expect(await looked(instance)).toEqual([]);
    });

    it('counts each SMS once, however often and by how many at once it is looked', async () => {
      const instance = own();
      const looks = async () => {
        await harness.pass(COUNTED_AFTER);
        const found = await Promise.all(Array.from({ length: 8 }, () => looked(instance)));
        return found.flat();
      };
      const key = await range(instance, 6, 1);
      expect(await looks()).toEqual([]);
      await range(instance, 3, 0, key);
      expect(await looks()).toEqual([]);
      expect(await looks()).toEqual([]);
      await range(instance, 1, 0, key);
      expect(await looks()).toEqual([{ key, sends: 10, verified: 1 }]);
    });

    it('waits for the end of a code that was sent again', async () => {
      const instance = own();
      const key = newKey(instance);
      const otps = await sendTo(store, instance, key, 5);
      await harness.pass(200);
      for (const { id } of otps) {
        await store.reserveResend({
          ...{ id, instance, holder: SERVER, cooldowns: { '': [60] }, limits: { '': {} } },
        });
        await store.settleResend(id, 2, sentAnswer(), {});
      }
      await harness.pass(COUNTED_AFTER - 200);
      expect(await looked(instance)).toEqual([]);
      await verify(otps[0]!);
      await harness.pass(200);
      const rule = { ...RULE, verified: 1 };
      expect(await looked(instance, { rule })).toEqual([{ key, sends: 10, verified: 2 }]);
    });

    it('counts what a check wrote that began before the end', async () => {
      const instance = own();
      const key = newKey(instance);
      const otps = await sendTo(store, instance, key, 10);
      await harness.pass(299);
      const { id } = otps[0]!;
      const tried = await store.reserveTry({
        ...{ id, instance, holder: SERVER, codeMac: WRONG, budgets: BUDGETS },
      });
      await harness.pass(10);
      expect(await looked(instance)).toEqual([]);
      expect(await store.settleTry(id, tried!.otp, 'right', {})).not.toBeNull();
      await harness.pass(22);
      expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 1 }]);
    });

    it('gives an SMS whose fate is unknown the time of any other', async () => {
      const instance = own();
      const key = newKey(instance);
      for (let n = 0; n < 10; n++)
        await store.reserveRequest(ask(newOtp({ instance, limitKeys: [key] })));
      await harness.pass(31);
      expect(await looked(instance)).toEqual([]);
      await harness.pass(300);
      expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 0 }]);
    });

    it('finds what ended long before the look', async () => {
      const instance = own();
      const key = await range(instance, 10, 1);
      await harness.pass(3600);
      expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 1 }]);
    });

    it('counts together what several looks found in an hour, and no longer', async () => {
      const instance = own();
      const key = await range(instance, 5, 0);
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance)).toEqual([]);
      await harness.pass(2700);
      await range(instance, 4, 0, key);
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance)).toEqual([]);
      await harness.pass(600);
      await range(instance, 5, 0, key);
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance)).toEqual([]);
      await range(instance, 1, 0, key);
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 0 }]);
    });

    it('forgets SMS that are older than an hour', async () => {
      const instance = own();
      await range(instance, 10, 0);
      await harness.pass(3600 + COUNTED_AFTER);
      expect(await looked(instance)).toEqual([]);
    });

    it('counts no SMS that surely did not go out', async () => {
      const instance = own();
      const key = await range(instance, 9, 0);
      const otp = newOtp({ instance, limitKeys: [key] });
      await store.reserveRequest(ask(otp));
      await store.settleRequest(otp.id, { kind: 'failed', errorCode: 'x', refund: true }, {});
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance)).toEqual([]);
    });

    it('only watched stops nothing and is reported once', async () => {
      const instance = own();
      const key = await range(instance, 10, 0);
      await harness.pass(COUNTED_AFTER);
      expect(await looked(instance, { enforced: false })).toHaveLength(1);
      expect(await looked(instance, { enforced: false })).toEqual([]);
      expect((await check([key])).usedUp).toBeNull();
      expect(await controls.stops(instance)).toEqual([]);
    });

    it('leaves one alone that was let go by hand', async () => {
      const instance = own();
      const key = await range(instance, 10, 0);
      await harness.pass(COUNTED_AFTER);
      await looked(instance);
      expect(await controls.lift(key)).toBe(true);
      expect(await looked(instance)).toEqual([]);
      expect((await check([key])).usedUp).toBeNull();
      await harness.pass(3660);
      expect(await looked(instance)).toEqual([]);
    });
  });
});

describe('the conversion of a range in PostgreSQL', () => {
  let harness: PostgresHarness;
  beforeAll(async () => {
    harness = await postgresHarness();
  });
  afterAll(() => harness.close());

  const looked = (instance: string) => pumpedOf(harness.controls, instance);
  const mark = (instance: string) => `counted:${instance}`;

  /** As many SMS as the rule asks for, none verified. */
  const pump = async (instance: string): Promise<string> => {
    const key = `guard:${instance}:x`;
    await sendTo(harness.store, instance, key, RULE.sends);
    return key;
  };

  it('goes on after the clock of the database was set back, and forgets times to come', async () => {
    const instance = 'set-back';
    const key = await pump(instance);
    await harness.pass(COUNTED_AFTER);
    expect(await looked(instance)).toHaveLength(1);
    await harness.query(
      `UPDATE otp_conversions SET at = at + interval '1 day' WHERE instance = '${instance}'`,
    );
    await harness.query(
      `UPDATE otp_limits SET until = until + interval '1 day' WHERE key = '${mark(instance)}'`,
    );
    await harness.query(`DELETE FROM otp_limits WHERE key = '${key}'`);
    expect(await looked(instance)).toEqual([]);
    await pump(instance);
    await harness.pass(COUNTED_AFTER);
    expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 0 }]);
  });

  it('lets no look that had to wait before it began set the mark back', async () => {
    const instance = 'late';
    await looked(instance);
    const pool = harness.database.pool(1);
    const late = await pool.connect();
    const until = `SELECT until FROM otp_limits WHERE key = '${mark(instance)}'`;
    try {
      await late.query('BEGIN');
      await late.query('SELECT pg_sleep(1)');
      await harness.query(
        `UPDATE otp_limits SET until = clock_timestamp() + interval '59.5 s' WHERE key = '${mark(instance)}'`,
      );
      const before = (await harness.query(until)).rows;
      const { sends, verified, seconds } = RULE;
      await late.query(inSchema(STOP_PUMPED, SCHEMA), [
        ...[instance, sends, verified, seconds, true, 'lookup'],
      ]);
      await late.query('COMMIT');
      expect((await harness.query(until)).rows).toEqual(before);
    } finally {
      late.release(true);
      await pool.end();
    }
  });

  it('finds the OTP that lived longest, of an app whose clock was late', async () => {
    const instance = 'long-lived';
    const key = await pump(instance);
    const lives = MAX_LIFE_SECONDS + SETTLED_SECONDS;
    await harness.query(
      `UPDATE otps SET expires_at = created_at + interval '${MAX_LIFE_SECONDS} s' WHERE instance = '${instance}'`,
    );
    await harness.pass(lives - 2);
    expect(await looked(instance)).toEqual([]);
    // Ids stay as they are when time passes, and so would be too young.
    const { rows } = await harness.query(`SELECT id FROM otps WHERE instance = '${instance}'`);
    const msecs = Date.now() - (lives - 2 + 25) * 1000;
    for (const { id } of rows)
      await harness.query(
        `UPDATE otps SET id = '${uuidv7({ msecs })}' WHERE id = '${id as string}'`,
      );
    await harness.query(
      `UPDATE otp_sends AS s SET otp_id = o.id FROM otps AS o WHERE s.reference_code = o.reference_code`,
    );
    await harness.pass(2);
    expect(await looked(instance)).toEqual([{ key, sends: 10, verified: 0 }]);
  });

  it('does nothing for a caller who was told that another look held it up', async () => {
    const instance = 'held-up';
    await looked(instance);
    const pool = harness.database.pool(1);
    const other = await pool.connect();
    const until = `SELECT until FROM otp_limits WHERE key = '${mark(instance)}'`;
    const before = (await harness.query(until)).rows;
    try {
      await other.query('BEGIN');
      await other.query(
        inSchema(`SELECT FROM otp_limits WHERE key = '${mark(instance)}' FOR UPDATE`, SCHEMA),
      );
      await expect(looked(instance)).rejects.toMatchObject({ code: '55P03' });
    } finally {
      await other.query('ROLLBACK');
      other.release();
      await pool.end();
    }
    expect((await harness.query(until)).rows).toEqual(before);
  });
});
