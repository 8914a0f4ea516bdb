import { SendKeys } from '../../src/service/send-keys.js';
import type { TestApp } from '../support/app.js';

const DAY = 86_400;
const COUNT = 3_000;
const PURPOSES = ['login', 'login', 'login', 'login', 'transfer', 'default'];
const RANGES = ['08123', '08942', '09511', '06233'];
/** The range of whom someone has sent SMS for their price. */
const PUMPED = '09999';

/** One OTP of the day. */
interface Row {
  id: string;
  age: number;
  purpose: string;
  otc: string;
  status: string;
  error: string | null;
  delivery: string;
  arrival: number;
  entry: number | null;
  attempts: number;
  guard: string;
}

/**
 * Leaves a day as a busy app has it: few at night, two in three verified. What must not be equal for all is drawn by
 * a sequence that is the same each time.
 *
 * @param trouble in its last hours one range of numbers asks for many codes and enters none
 */
export async function fillDay({ app, database }: TestApp, trouble: boolean): Promise<void> {
  const keys = app.get(SendKeys, { strict: false });
  const draw = sequence(7);
  const rows = Array.from({ length: COUNT }, (_, i): Row => {
    const age = ageOf(draw(), draw());
    const recent = trouble && age < DAY / 6;
    const pumped = recent && draw() < 0.5;
    const failed = draw() < 0.02;
    const purpose = pumped ? 'login' : pick(PURPOSES, draw());
    const arrives = !failed && draw() < 0.95;
    const verified = arrives && !pumped && draw() < 0.72 && age > 300;
    const exhausted = arrives && !verified && draw() < 0.06;
    const arrival = 1.2 + 40 * draw() ** 5 + (draw() < 0.03 ? 60 : 0);
    return {
      ...{ id: idOf(Date.now() - age * 1000, i), age, purpose },
      otc: purpose === 'transfer' ? 'OTC-TRANSFER' : 'OTC-LOGIN',
      status: failed
        ? 'send_failed'
        : verified
          ? 'verified'
          : exhausted
            ? 'max_attempts_reached'
            : 'expired',
      error: failed ? pick(['0101', '0101', '9999', '0204'], draw()) : null,
      delivery: failed ? 'none' : arrives ? 'delivered' : 'undelivered',
      arrival,
      entry: verified ? arrival + 6 + 70 * draw() ** 3 : null,
      attempts: exhausted ? 5 : verified ? 1 + (draw() < 0.1 ? 1 : 0) : 0,
      guard: keys.guard(purpose, pumped ? PUMPED : pick(RANGES, draw() ** 1.5), false),
    };
  });
  await database.query('TRUNCATE otps, otp_sends, otp_events, otp_figures');
  await database.query(INSERT, [JSON.stringify(rows)]);
}

const INSERT = `
WITH rows AS MATERIALIZED (
  SELECT *, now() - make_interval(secs => age) AS at FROM jsonb_to_recordset($1) AS r (id uuid, age float8, purpose text,
    otc text, status text, error text, delivery text, arrival float8, entry float8, attempts int, guard text)
), sends AS (
  INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at, sent_at, done_at)
  SELECT id, 1, CASE status WHEN 'send_failed' THEN 'failed' ELSE 'sent' END, delivery, at, at,
    CASE WHEN delivery <> 'none' THEN at + make_interval(secs => arrival) END FROM rows
)
INSERT INTO otps (id, instance, purpose, channel, key_id, lookup_id, mobile_mac, mobile_mask, status, delivery, otc_id, error_code,
  attempts, max_attempts, max_sends, ttl_seconds, expires_at, created_at, verified_at, limit_keys)
SELECT id, 'default', purpose, 'provider', 'key', 'key', decode(md5(id::text), 'hex'), '08x-xxx-5678', status, delivery, otc, error,
  attempts, 5, 3, 300, at + interval '300 s', at, CASE WHEN entry IS NOT NULL THEN at + make_interval(secs => entry) END, ARRAY[guard]
FROM rows`;

/** Few of the night, which began fifteen hours ago whatever the hour is: trouble comes to a busy app. Seconds before now. */
function ageOf(drawn: number, moved: number): number {
  const age = drawn * DAY;
  const atNight = age > (9 / 24) * DAY && age < (15 / 24) * DAY;
  return atNight && moved < 0.85 ? (age + DAY / 3) % DAY : age;
}

/** A UUID of version 7. */
function idOf(ms: number, i: number): string {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${i.toString(16).padStart(12, '0')}`;
}

const pick = <T>(list: readonly T[], drawn: number): T => list[Math.floor(drawn * list.length)]!;

/** Numbers from 0 up to 1 (Lehmer's generator). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
