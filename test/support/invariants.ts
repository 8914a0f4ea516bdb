import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { TestDatabase } from './database.js';

/** What must be true of the tables at any moment: each statement finds the rows that break it. */
const RULES: Record<string, string> = {
  'a number has one live OTP per purpose': `
    SELECT min(id::text) AS id FROM otps WHERE status IN ('sending', 'pending')
    GROUP BY instance, purpose, mobile_mac HAVING count(*) > 1`,
  'events are numbered from 1 to event_count without a gap': `
    SELECT o.id FROM otps AS o LEFT JOIN otp_events AS e ON e.otp_id = o.id
    GROUP BY o.id HAVING count(e.event_no) <> o.event_count OR min(e.event_no) IS DISTINCT FROM 1
      OR max(e.event_no) IS DISTINCT FROM o.event_count`,
  'every event has its OTP': `
    SELECT DISTINCT e.otp_id AS id FROM otp_events AS e
    WHERE NOT EXISTS (SELECT 1 FROM otps AS o WHERE o.id = e.otp_id)`,
  'attempts are within their limit': `
    SELECT id FROM otps WHERE attempts < 0 OR attempts > max_attempts`,
  'sends are within their limit': `SELECT id FROM otps WHERE sends < 1 OR sends > max_sends`,
  'each send has its row': `
    SELECT o.id FROM otps AS o LEFT JOIN otp_sends AS s ON s.otp_id = o.id
    GROUP BY o.id HAVING count(s.send_no) <> o.sends OR max(s.send_no) IS DISTINCT FROM o.sends`,
  'an OTP is verified once in its history, and only one that is verified': `
    SELECT o.id FROM otps AS o LEFT JOIN otp_events AS e ON e.otp_id = o.id AND e.type = 'verified'
    GROUP BY o.id HAVING count(e.event_no) <> CASE o.status WHEN 'verified' THEN 1 ELSE 0 END
      OR (o.status = 'verified') <> (o.verified_at IS NOT NULL)`,
  'a proof is used once in the history': `
    SELECT o.id FROM otps AS o LEFT JOIN otp_events AS e ON e.otp_id = o.id AND e.type = 'consumed'
    GROUP BY o.id HAVING count(e.event_no) <> CASE WHEN o.consumed_at IS NULL THEN 0 ELSE 1 END`,
  'an end is written once in the history': `
    SELECT o.id FROM otps AS o JOIN otp_events AS e ON e.otp_id = o.id
    WHERE e.type IN ('send_failed', 'send_unknown', 'max_attempts_reached', 'expired', 'canceled', 'superseded', 'verified')
    GROUP BY o.id HAVING count(*) > 1 OR o.status IN ('sending', 'pending')`,
  'no lease is on an OTP that has ended': `
    SELECT id FROM otps WHERE lease_until IS NOT NULL AND status NOT IN ('sending', 'pending')`,
  'a pending OTP knows its newest SMS': `
    SELECT id FROM otps WHERE status IN ('pending', 'verified') AND provider_otp_id IS NULL`,
};

/** What must be true when nothing is under way any more and the sweeper has been there. */
const RULES_AT_REST: Record<string, string> = {
  'nothing is sending': `SELECT id FROM otps WHERE status = 'sending'`,
  'nothing is leased': `SELECT id FROM otps WHERE lease_until > now()`,
  'no event is leased': `SELECT otp_id AS id FROM otp_outbox WHERE lease_until > now()`,
  'nothing is pending past its time': `
    SELECT id FROM otps WHERE status = 'pending' AND expires_at <= now()`,
};

export interface Invariants {
  /** Nothing is under way any more. @default true */
  atRest?: boolean;
}

/**
 * What is wrong with the tables, and with them and the SMS that went out; `[]` when nothing is. Both
 * must have served the same apps only.
 */
export async function violations(
  { database, simulator }: { database: TestDatabase; simulator: AntsSimulator },
  { atRest = true }: Invariants = {},
): Promise<string[]> {
  const found: string[] = [];
  for (const [rule, sql] of Object.entries({ ...RULES, ...(atRest && RULES_AT_REST) })) {
    const { rows } = await database.query(sql);
    if (rows.length > 0) found.push(`${rule}, but not ${rows.map(({ id }) => id).join(', ')}`);
  }
  return [...found, ...(await smsViolations(database, simulator))];
}

/** One SMS for each send that is `sent`; those that nobody knows of are at most the unsettled sends. */
async function smsViolations(database: TestDatabase, simulator: AntsSimulator): Promise<string[]> {
  const { rows } = await database.query(
    `SELECT provider_otp_id, outcome, count(*)::int AS n FROM otp_sends GROUP BY 1, 2`,
  );
  const sends = rows as { provider_otp_id: string | null; outcome: string; n: number }[];
  const sum = (list: { n: number }[]): number => list.reduce((total, { n }) => total + n, 0);
  const known = sends.filter(({ provider_otp_id: id }) => id !== null);
  const wrong = known
    .map(({ provider_otp_id: id, n }) => ({
      id,
      n,
      sms: simulator.inbox.filter(({ otpId }) => otpId === id).length,
    }))
    .filter(({ n, sms }) => n !== sms)
    .map(({ id, n, sms }) => `${id}: ${sms} SMS for ${n} sends`);
  const stray = simulator.inbox.length - sum(known);
  const unsettled = sum(
    sends.filter(({ provider_otp_id: id, outcome }) => id === null && outcome !== 'failed'),
  );
  if (stray > unsettled) wrong.push(`${stray} unknown SMS for ${unsettled} unsettled sends`);
  return wrong;
}
