import { TRANSITIONS } from '../../src/domain/lifecycle.js';
import type { Transition } from '../../src/domain/lifecycle.js';
import type { OtpEventType, OtpStatus } from '../../src/domain/otp.js';
import type { Story } from './story.js';

/** What each line of the history may stand for; nothing = the OTP stays as it is. */
const MOVES: Record<Exclude<OtpEventType, 'requested'>, readonly Transition[]> = {
  sent: ['sendAccepted'],
  send_failed: ['sendFailed'],
  send_unknown: ['sendUnknown', 'makeWay'],
  late_answer: [],
  resend_requested: ['reserveResend'],
  resent: ['resendSettled'],
  resend_failed: ['resendSettled'],
  resend_unknown: ['resendSettled'],
  wrong_code: ['codeWrong'],
  locked: [],
  verify_not_reached: ['tryUnsettled'],
  verify_unknown: ['tryUnsettled'],
  // Also the line of a guess after the success, which moves nothing.
  already_used: ['codeWrong', 'consume'],
  verified: ['codeRight'],
  max_attempts_reached: ['codeWrong', 'providerLimit'],
  expired: ['timePassed', 'providerExpired', 'makeWay'],
  canceled: ['cancel'],
  superseded: ['makeWay'],
  consumed: ['consume'],
  revoked: ['revoke'],
  delivered: [],
  undelivered: [],
  delivery_report: [],
  delivery_mismatch: [],
  report_unreadable: [],
  unmasked: [],
  erased: ['cancel', 'revoke'],
};
const ENDED_BY = [
  ...(['verified', 'send_failed', 'send_unknown', 'max_attempts_reached'] as const),
  ...(['expired', 'canceled', 'superseded'] as const),
] satisfies OtpStatus[];

interface OtpRow {
  id: string;
  status: OtpStatus;
  attempts: number;
  max_attempts: number;
  sends: number;
  max_sends: number;
  lease_no: number;
  event_count: number;
  verified: boolean;
  consumed: boolean;
  revoked: boolean;
  leased: boolean;
  lease_runs: boolean;
  /** Past its time. */
  over: boolean;
}
interface SendRow {
  otp_id: string;
  send_no: number;
  outcome: string;
  provider_otp_id: string | null;
  reference_code: string | null;
}
interface EventRow {
  otp_id: string;
  event_no: number;
  type: OtpEventType;
}

/**
 * What is wrong with a story at rest: with its rows, with what ANTS was asked, with the SMS that left
 * and with what people were answered. `[]` when nothing is. Sweeps first.
 *
 * `alone`: nothing ran at the same time, so a check loses its answer only when it says so.
 */
export async function storyViolations(story: Story, { alone = false } = {}): Promise<string[]> {
  await story.simulator.reportsSettled();
  for (const app of [0, 1] as const) await story.play({ do: 'sweep', app });
  const otps = await rowsOf<OtpRow>(
    story,
    `SELECT id, status, attempts, max_attempts, sends, max_sends, lease_no, event_count,
       verified_at IS NOT NULL AS verified, consumed_at IS NOT NULL AS consumed,
       revoked_at IS NOT NULL AS revoked, lease_until IS NOT NULL AS leased,
       coalesce(lease_until > now(), false) AS lease_runs, expires_at <= now() AS over
     FROM otps`,
  );
  const sends = groupBy(
    await rowsOf<SendRow>(story, 'SELECT * FROM otp_sends ORDER BY otp_id, send_no'),
  );
  const events = groupBy(
    await rowsOf<EventRow>(
      story,
      'SELECT otp_id, event_no, type FROM otp_events ORDER BY otp_id, event_no',
    ),
  );
  const calls = callsOf(story);
  return [
    ...(await tableViolations(story)),
    ...otps.flatMap((otp) => {
      const history = events.get(otp.id) ?? [];
      return [
        ...historyViolations(otp, history),
        ...rowViolations(otp, sends.get(otp.id) ?? []),
        ...smsViolations(story, otp, sends.get(otp.id) ?? []),
        ...checkViolations(story, otp, history, calls.get(otp.id) ?? [], alone),
      ].map((what) => `${otp.id} (${otp.status}): ${what}`);
    }),
    ...strays(story, new Set(otps.map(({ id }) => id)), [...sends.keys(), ...events.keys()]),
    ...answerViolations(story),
    ...(await leaks(story)),
  ];
}

/** Each line of the history is one that the lifecycle knows, and together they end where the row is. */
function historyViolations(otp: OtpRow, history: EventRow[]): string[] {
  const numbers = history.map(({ event_no }) => event_no);
  const found: string[] = [];
  if (numbers.length !== otp.event_count || numbers.some((no, n) => no !== n + 1))
    found.push(`events ${numbers.join()} of ${otp.event_count}`);
  if (history[0]?.type !== 'requested') found.push('the history does not start with the request');
  let status: OtpStatus = 'sending';
  for (const { type, event_no } of history.slice(1)) {
    const next: OtpStatus =
      type === 'sent' ? 'pending' : (ENDED_BY.find((end) => end === type) ?? status);
    const moves = type === 'requested' ? [] : MOVES[type];
    const known =
      type !== 'requested' &&
      (moves.length === 0 ||
        moves.some(
          (move) =>
            includes(TRANSITIONS[move].from, status) && includes(TRANSITIONS[move].to, next),
        ));
    if (!known) found.push(`event ${event_no}, ${type}, moves it from ${status} to ${next}`);
    status = next;
  }
  if (status !== otp.status) found.push(`the history ends in ${status}`);
  const count = (type: OtpEventType): number => history.filter((line) => line.type === type).length;
  if (count('verified') !== Number(otp.verified)) found.push('verified is not once in its history');
  if (count('consumed') !== Number(otp.consumed)) found.push('consumed is not once in its history');
  if (count('revoked') !== Number(otp.revoked)) found.push('revoked is not once in its history');
  return found;
}

function rowViolations(otp: OtpRow, sends: SendRow[]): string[] {
  return broken({
    'more attempts than allowed': otp.attempts > otp.max_attempts || otp.attempts < 0,
    'more sends than allowed': otp.sends > otp.max_sends,
    'sends without rows': sends.map(({ send_no }) => send_no).join() !== upTo(otp.sends),
    'verified without a time, or a time without': (otp.status === 'verified') !== otp.verified,
    'used up or revoked, but not verified': (otp.consumed || otp.revoked) && !otp.verified,
    'leased after its end': otp.leased && otp.status !== 'pending',
    'leased at rest': otp.lease_runs,
    'live past its time': otp.over && ['pending', 'sending'].includes(otp.status),
    'sending at rest':
      otp.status === 'sending' || sends.some(({ outcome }) => outcome === 'sending'),
  });
}

/** What left ANTS, beside what we believe has left. */
function smsViolations(story: Story, otp: OtpRow, sends: SendRow[]): string[] {
  const sms = story.smsOf(otp.id);
  const sent = sends.filter(({ outcome }) => outcome === 'sent');
  const matching = ({ provider_otp_id: otpId, reference_code: reference }: SendRow): number =>
    sms.filter((one) => one.otpId === otpId && one.referenceCode === reference).length;
  return broken({
    'more SMS than sends': sms.length > otp.sends,
    'an SMS of a send that surely failed':
      sms.length > sends.filter(({ outcome }) => outcome !== 'failed').length,
    'a send that is sent without exactly one SMS': sent.some((send) => matching(send) !== 1),
    'more SMS than asks': sms.length > 1 + (story.resends.get(otp.id) ?? 0),
  });
}

interface Call {
  code: string;
}

/** What ANTS was asked, beside what people typed. */
function checkViolations(
  story: Story,
  otp: OtpRow,
  history: EventRow[],
  calls: Call[],
  alone: boolean,
): string[] {
  const tries = story.tries.filter(({ id }) => id === otp.id);
  const count = (type: OtpEventType): number => history.filter((line) => line.type === type).length;
  // ANTS refused to look at these, and the attempt was given back.
  const unseen = count('verify_not_reached');
  const rechecks = otp.lease_no - otp.attempts - unseen;
  const guesses = new Set(calls.map(({ code }) => code));
  const own = tries.filter((one) => one.own);
  const codes = new Set(story.smsOf(otp.id).map(({ code }) => code));
  return broken({
    'more different codes at ANTS than attempts': guesses.size > otp.max_attempts + unseen,
    'more calls than attempts and rechecks': calls.length > otp.max_attempts + unseen + rechecks,
    'more calls than checks': calls.length > otp.lease_no,
    'a recheck without a lost answer': alone && rechecks > count('verify_unknown'),
    'a call that no holder made': [...guesses].some(
      (code) => !own.some((one) => one.code === code),
    ),
    'verified without the code of its SMS':
      otp.verified && !own.some(({ code }) => codes.has(code)),
    'a success for a code that was never sent': tries.some(
      ({ code, answer }) => answer.code === null && !codes.has(code),
    ),
    'a success for a stranger': tries.some((one) => !one.own && one.answer.code !== 'not_found'),
  });
}

/** What people were told, OTP by OTP. */
function answerViolations(story: Story): string[] {
  const fresh = new Map<string, number>();
  for (const { id, answer } of story.verified)
    fresh.set(id, (fresh.get(id) ?? 0) + (answer.repeated ? 0 : 1));
  const twice = (ids: readonly string[]): string[] => ids.filter((id, n) => ids.indexOf(id) !== n);
  const sms = [...story.sms.values()].flat();
  return [
    ...[...fresh].filter(([, n]) => n !== 1).map(([id, n]) => `${id}: ${n} fresh successes`),
    ...twice(story.consumed).map((id) => `${id}: used up twice`),
    ...twice(story.revoked).map((id) => `${id}: revoked twice`),
    ...twice(story.canceled).map((id) => `${id}: canceled twice`),
    ...[...story.asks].flatMap(([mobile, asks]) => {
      const ids = story.told.filter((told) => told.mobile === mobile).map(({ id }) => id);
      const resends = ids.reduce((sum, id) => sum + (story.resends.get(id) ?? 0), 0);
      const got = sms.filter(({ to }) => to === `66${mobile.slice(1)}`).length;
      return got > asks + resends
        ? [`${mobile}: ${got} SMS for ${asks} asks, ${resends} resends`]
        : [];
    }),
  ];
}

/** Rows and SMS without an OTP; after a purge only rows can be told. */
function strays(story: Story, ids: Set<string>, owners: string[]): string[] {
  const told = story.purged > 0 ? [] : [...story.sms.keys(), ...story.told.map(({ id }) => id)];
  const verified = story.purged > 0 ? [] : story.verified.map(({ id }) => id);
  return [...new Set([...owners, ...told, ...verified])]
    .filter((id) => !ids.has(id))
    .map((id) => `${id}: no such OTP, but something of it`);
}

async function tableViolations({ database }: Story): Promise<string[]> {
  const rules = {
    'a number with two live OTPs': `
      SELECT min(id::text) AS id FROM otps WHERE status IN ('sending', 'pending')
      GROUP BY instance, purpose, mobile_mac HAVING count(*) > 1`,
    'a limit beyond its CHECK': `
      SELECT key AS id FROM otp_limits WHERE cardinality(hits) > max OR count > max OR max < 0`,
    'hits out of order': `
      SELECT key AS id FROM otp_limits WHERE hits <> ARRAY(SELECT h FROM unnest(hits) AS h ORDER BY h)`,
    'a wait of more than a day': `
      SELECT key AS id FROM otp_limits WHERE until > now() + interval '1 day'`,
  };
  const found = [];
  for (const [rule, sql] of Object.entries(rules))
    for (const row of (await database.query(sql)).rows) found.push(`${rule}: ${String(row['id'])}`);
  return found;
}

/** Codes, numbers, tickets and tokens that stand in a table: whole words of texts, or bytes. */
async function leaks(story: Story): Promise<string[]> {
  const words = new Set<string>([
    ...[...story.sms.values()].flat().map(({ code }) => code),
    ...story.tries.map(({ code }) => code),
  ]);
  const tokens = new Set<string>([
    ...story.told.map(({ ticket }) => ticket),
    ...[...story.sms.values()].flat().map(({ notifyUrl = '' }) => notifyUrl.split('/').at(-1)!),
    ...story.verified.map(({ answer }) => answer.proof.split('.').at(-1)!),
  ]);
  const numbers = story.numbers.flatMap((mobile) => {
    const [, a, b, c] = /^0(\d\d)(\d{3})(\d{4})$/.exec(mobile)!;
    return [`${a}${b}${c}`, `${a}-${b}-${c}`, `${a} ${b} ${c}`];
  });
  const found: string[] = [];
  for (const { name, texts, bytes } of await textColumns(story)) {
    const lines = await rowsOf<{ line: string; raw: Buffer }>(
      story,
      `SELECT concat_ws(E'\\n', ${texts}) AS line, ${bytes} AS raw FROM ${name}`,
    );
    for (const { line, raw } of lines) {
      const said =
        numbers.find((number) => line.includes(number) || raw.includes(number)) ??
        line.split(/\W+/).find((word) => words.has(word)) ??
        line.split(/[^\w-]+/).find((token) => tokens.has(token));
      if (said !== undefined) found.push(`${name} holds ${said}: ${line}`);
    }
  }
  return found;
}

/** Every column of a text-like kind, and every one of bytes, of every table. */
function textColumns(story: Story): Promise<{ name: string; texts: string; bytes: string }[]> {
  return rowsOf(
    story,
    `SELECT c.relname AS name,
       coalesce(string_agg(format('%I::text', a.attname), ', ') FILTER (WHERE a.atttypid <> 'bytea'::regtype), 'NULL') AS texts,
       coalesce(string_agg(format('coalesce(%I, '''')', a.attname), ' || ') FILTER (WHERE a.atttypid = 'bytea'::regtype), '''''::bytea') AS bytes
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relkind = 'r' AND c.relname LIKE 'otp%' AND a.attnum > 0 AND NOT a.attisdropped
       AND (t.typname IN ('text', 'varchar', 'json', 'jsonb', 'bytea') OR t.typname IN ('_text', '_varchar'))
     GROUP BY c.relname`,
  );
}

/** The checks that came to ANTS, by OTP. */
function callsOf(story: Story): Map<string, Call[]> {
  const owners = new Map(
    [...story.sms].flatMap(([id, list]) => list.map(({ otpId }) => [otpId, id] as const)),
  );
  const calls = new Map<string, Call[]>();
  for (const { call, body } of story.simulator.requests) {
    if (call !== 'verifyOTP') continue;
    const { otpId, otpCode } = body as { otpId: string; otpCode: string };
    const id = owners.get(otpId) ?? otpId;
    calls.set(id, [...(calls.get(id) ?? []), { code: otpCode }]);
  }
  return calls;
}

async function rowsOf<Row>({ database }: Story, sql: string): Promise<Row[]> {
  return (await database.query(sql)).rows as Row[];
}

function groupBy<Row extends { otp_id: string }>(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.otp_id);
    if (group) group.push(row);
    else groups.set(row.otp_id, [row]);
  }
  return groups;
}

const broken = (rules: Record<string, boolean>): string[] =>
  Object.entries(rules).flatMap(([rule, isBroken]) => (isBroken ? [rule] : []));
const includes = (list: readonly OtpStatus[], status: OtpStatus): boolean => list.includes(status);
const upTo = (count: number): string => Array.from({ length: count }, (_, n) => n + 1).join();
