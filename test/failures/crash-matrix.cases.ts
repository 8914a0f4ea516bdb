import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AntsCall, AntsReportOptions } from 'nestjs-ants-otp/testing';
import type { OtpEventType, OtpStatus } from 'nestjs-ants-otp';
import { SQL } from '../../src/persistence/otp.sql.js';
import { Sweeper } from '../../src/service/sweeper.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import type { ChildApp } from '../support/child-app.js';
import { EVERYTHING, repetitions } from '../support/counts.js';
import { itInAll } from '../support/in-all.js';
import { violations } from '../support/invariants.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { accepted, OtpClient } from '../support/otp-client.js';
import { SAVE_REPORT } from '../support/save-texts.js';
import type { Answer } from '../support/otp-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Where a flow stands when its process dies; each is one place to hold it at. */
const BOUNDARIES = {
  'before the first write': ['statement', 'reserve'],
  'first write done, ANTS not called': ['answer', 'reserve'],
  'ANTS has done it, answer on its way': ['ants'],
  'ANTS has answered, nothing written': ['statement', 'settle'],
  'all written, nobody answered': ['answer', 'settle'],
  'first detail stored, the second not': ['answer', 'reserve'],
} as const;
type Boundary = keyof typeof BOUNDARIES;

/** One row of the table in docs/lifecycle.md. */
interface Row {
  boundary: Boundary;
  /** Of the OTP, when the restarted app has swept; `null` when there is no row. */
  status: OtpStatus | null;
  history: OtpEventType[];
  /** How many went out for this one ask. */
  sms: 0 | 1;
  /** What the user can do. */
  then: string;
  /** Directly after the kill, before any time has passed. */
  atOnce?: (otp: Victim) => Promise<void>;
  check: (otp: Victim) => Promise<void>;
}

/** An OTP whose flow was cut off by the kill. */
interface Victim {
  mobile: string;
  /** Not known to the user of a request that was never answered. */
  id: string;
  ticket: string;
  /** The one that is live when the flow begins. */
  firstId: string;
  /** The code and the SMS before the flow began. */
  code: string;
  smsBefore: number;
  proof: string;
}

interface Flow {
  name: string;
  reserve: string;
  settle?: string;
  ants?: AntsCall;
  /** Brings an OTP to where the flow begins. */
  prepare(): Promise<Victim>;
  start(otp: Victim): Promise<unknown>;
  rows: Row[];
}

/** One a user. It is kept as it is given, so no whole number stands in it. */
const keyOf = (mobile: string): string => `key of ${mobile.slice(2)}`;

describe('a process that is killed', () => {
  // A report by itself would be posted to a process that is gone, or not: tests post their own.
  const simulator = recordedSimulator({ reports: 'manual' });
  let t: TestApp;
  let proxy: TcpProxy;
  let child: ChildApp;
  let client: OtpClient;

  beforeAll(async () => {
    await simulator.start();
    // An app that lives on: it makes the tables, sweeps, and shows the history.
    t = await bootApp({ simulator });
    proxy = await TcpProxy.before(t.database.appUrl);
    await restart();
  });
  afterAll(async () => {
    client.close();
    await stopChildApps();
    await proxy.close();
    await t.close();
    await simulator.stop();
  });

  const restart = async (): Promise<void> => {
    child = await startChildApp({
      ...{ databaseUrl: proxy.url, simulator },
      port: (child as ChildApp | undefined)?.port,
    });
    client = new OtpClient(child.url);
  };
  const sweep = () => t.app.get(Sweeper).sweep();
  const refusal = ({ refused }: Answer<unknown>): string | undefined => refused?.code;
  const sms = (otp: Victim): number => simulator.messages(otp.mobile).length;
  const status = async ({ id }: Victim): Promise<OtpStatus | null> =>
    id === '' ? null : (await t.otps.status(id)).status;
  const types = async ({ id }: Pick<Victim, 'id'>): Promise<string[]> =>
    id === '' ? [] : (await t.otps.history(id)).map(({ type }) => type);
  /** The same report each time, as ANTS posts one that was not answered. */
  const report = (otp: Victim, status: AntsReportOptions['status'] = 'DELIVERED') => {
    const sent = simulator.lastSms(otp.mobile)!;
    return simulator.report(sent, {
      status,
      patch: (detail) => ({ ...detail, doneDate: detail.sendDate }),
    });
  };

  /** The cool-down of this number goes on, and no other clock: the other rows of the table wait. */
  const waits = (otp: Victim, interval: string) =>
    t.database.query(
      `UPDATE otp_limits AS l SET until = l.until - $2::interval
       FROM otps AS o WHERE o.id = $1 AND l.key LIKE '%' || encode(o.mobile_mac, 'hex')`,
      [otp.id, interval],
    );

  /** A number that nobody has asked for. */
  const fresh = (): Promise<Victim> =>
    Promise.resolve({
      ...{ mobile: nextMobile(), id: '', firstId: '', ticket: '', code: '', proof: '' },
      smsBefore: 0,
    });
  const pending = async (): Promise<Victim> => {
    const otp = await fresh();
    const { id, ticket } = accepted(await client.request(otp.mobile));
    const code = simulator.codeFor(otp.mobile);
    return { ...otp, id, firstId: id, ticket, code, smsBefore: 1 };
  };
  /** ANTS has said that the code is right, and the answer was lost. */
  const unknown = async (): Promise<Victim> => {
    const otp = await pending();
    simulator.next('verifyOTP', { drop: 'after' });
    expect(refusal(await client.verify(otp.id, otp.code, otp.ticket))).toBe('verify_unknown');
    return otp;
  };
  const verified = async (): Promise<Victim> => {
    const otp = await pending();
    const { proof } = accepted(await client.verify(otp.id, otp.code, otp.ticket));
    return { ...otp, proof };
  };
  const wrong = (code: string): string => (code === '000000' ? '111111' : '000000');

  /** The user asks anew with the key that the page keeps, and gets in. */
  const asksAnew = async (otp: Victim): Promise<void> => {
    const { id, ticket } = accepted(await client.request(otp.mobile, keyOf(otp.mobile)));
    accepted(await client.verify(id, simulator.codeFor(otp.mobile), ticket));
  };
  /** The number's wait is the short one of an SMS that nobody knows of: 10 s, and then it is free. */
  const asksAnewAfterTheWait = async (otp: Victim): Promise<void> => {
    const { refused } = await client.request(otp.mobile, keyOf(otp.mobile));
    expect(refused).toMatchObject({ code: 'cooldown', status: 429 });
    expect(refused!.retryAfter).toBeGreaterThan(0);
    expect(refused!.retryAfter).toBeLessThanOrEqual(10);
    await waits(otp, '10 s');
    await asksAnew(otp);
  };
  const entersTheCode = async (otp: Victim): Promise<void> => {
    expect(refusal(await client.verify(otp.id, otp.code, 'of-somebody-else-x'))).toBe('not_found');
    const { repeated } = accepted(await client.verify(otp.id, otp.code, otp.ticket));
    expect(repeated).toBe(false);
    expect((await types(otp)).filter((type) => type === 'verified')).toHaveLength(1);
    expect((await t.otps.status(otp.id)).attemptsLeft).toBe(4);
  };
  const getsTheSame = async (otp: Victim): Promise<void> => {
    const before = sms(otp);
    const same = accepted(await client.request(otp.mobile, keyOf(otp.mobile)));
    expect([same.id, sms(otp)]).toEqual([otp.id, before]);
    expect(refusal(await client.request(otp.mobile))).toBe('cooldown');
    accepted(await client.verify(same.id, simulator.codeFor(otp.mobile), same.ticket));
  };
  const isSuperseded = async ({ id, firstId, code, ticket }: Victim): Promise<void> => {
    expect(id).not.toBe(firstId);
    expect(await types({ id: firstId })).toEqual(['requested', 'sent', 'superseded']);
    expect(refusal(await client.verify(firstId, code, ticket))).toBe('superseded');
  };
  const mustAskAnew = async (otp: Victim): Promise<void> => {
    expect(refusal(await client.verify(otp.id, otp.code, otp.ticket))).toBe('already_used');
    await waits(otp, '60 s');
    await asksAnew(otp);
  };
  const wasRecovered = async ({ id }: Victim): Promise<unknown> =>
    (await t.otps.history(id)).at(-1)!.data['recovered'];

  const flows: Flow[] = [
    {
      name: 'request',
      reserve: SQL.reserveRequest,
      settle: SQL.settleRequestSent,
      ants: 'requestOTP',
      prepare: fresh,
      start: ({ mobile }) => client.request(mobile, keyOf(mobile)),
      rows: [
        {
          boundary: 'before the first write',
          status: null,
          history: [],
          sms: 0,
          then: 'ask again at once',
          check: asksAnew,
        },
        {
          boundary: 'first write done, ANTS not called',
          status: 'send_unknown',
          history: ['requested', 'send_unknown'],
          sms: 0,
          then: 'ask again after 10 s',
          check: asksAnewAfterTheWait,
        },
        {
          boundary: 'ANTS has done it, answer on its way',
          status: 'send_unknown',
          history: ['requested', 'send_unknown'],
          sms: 1,
          then: 'ask again after 10 s',
          async check(otp) {
            // The SMS is out: its report is kept, and changes nothing else.
            expect(await report(otp)).toEqual([200]);
            expect(await report(otp)).toEqual([200]);
            expect(await types(otp)).toEqual(['requested', 'send_unknown', 'delivered']);
            expect(await status(otp)).toBe('send_unknown');
            await asksAnewAfterTheWait(otp);
          },
        },
        {
          boundary: 'ANTS has answered, nothing written',
          status: 'send_unknown',
          history: ['requested', 'send_unknown'],
          sms: 1,
          then: 'ask again after 10 s',
          check: asksAnewAfterTheWait,
        },
        {
          boundary: 'all written, nobody answered',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 1,
          then: 'ask again with the same `idempotencyKey`: the same OTP, no other SMS',
          check: getsTheSame,
        },
      ],
    },
    {
      name: 'request in place of a live OTP',
      reserve: SQL.reserveRequest,
      settle: SQL.settleRequestSent,
      ants: 'requestOTP',
      prepare: pending,
      start: ({ mobile }) => client.request(mobile, keyOf(mobile)),
      rows: [
        {
          boundary: 'before the first write',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'enter the code of the old OTP, or ask again at once',
          async check(otp) {
            await entersTheCode(otp);
            await asksAnew(otp);
          },
        },
        ...(
          [
            ['first write done, ANTS not called', 0],
            ['ANTS has done it, answer on its way', 1],
            ['ANTS has answered, nothing written', 1],
          ] as const
        ).map(([boundary, count]): Row => ({
          boundary,
          status: 'send_unknown',
          history: ['requested', 'send_unknown'],
          sms: count,
          then: 'ask again after 10 s; the old OTP is `superseded`',
          async check(otp) {
            await isSuperseded(otp);
            await asksAnewAfterTheWait(otp);
          },
        })),
        {
          boundary: 'all written, nobody answered',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 1,
          then: 'ask again with the same `idempotencyKey`: the new OTP, no other SMS',
          async check(otp) {
            await isSuperseded(otp);
            await getsTheSame(otp);
          },
        },
      ],
    },
    {
      name: 'resend',
      reserve: SQL.reserveResend,
      settle: SQL.settleResendSent,
      ants: 'resendOTP',
      prepare: pending,
      start: ({ id, ticket }) => client.resend(id, ticket),
      rows: [
        {
          boundary: 'before the first write',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'ask for the resend at once',
          async check(otp) {
            accepted(await client.resend(otp.id, otp.ticket));
            accepted(await client.verify(otp.id, simulator.codeFor(otp.mobile), otp.ticket));
          },
        },
        {
          boundary: 'first write done, ANTS not called',
          status: 'pending',
          history: ['requested', 'sent', 'resend_requested'],
          sms: 0,
          then: 'enter the code of the first SMS',
          async check(otp) {
            expect(refusal(await client.resend(otp.id, otp.ticket))).toBe('cooldown');
            await entersTheCode(otp);
          },
        },
        {
          boundary: 'ANTS has done it, answer on its way',
          status: 'pending',
          history: ['requested', 'sent', 'resend_requested'],
          sms: 1,
          then: 'neither code is known any more (`expired`): ask anew after the wait',
          async check(otp) {
            const newest = simulator.codeFor(otp.mobile);
            expect(refusal(await client.verify(otp.id, newest, otp.ticket))).toBe('expired');
            expect(refusal(await client.request(otp.mobile))).toBe('cooldown');
            await waits(otp, '120 s');
            await asksAnew(otp);
          },
        },
        {
          boundary: 'ANTS has answered, nothing written',
          status: 'pending',
          history: ['requested', 'sent', 'resend_requested'],
          sms: 1,
          then: 'neither code is known any more (`expired`): ask anew after the wait',
          async check(otp) {
            expect(refusal(await client.verify(otp.id, otp.code, otp.ticket))).toBe('expired');
            await waits(otp, '120 s');
            await asksAnew(otp);
          },
        },
        {
          boundary: 'all written, nobody answered',
          status: 'pending',
          history: ['requested', 'sent', 'resend_requested', 'resent'],
          sms: 1,
          then: 'enter the code of the newest SMS',
          async check(otp) {
            expect(refusal(await client.resend(otp.id, otp.ticket))).toBe('cooldown');
            const newest = simulator.codeFor(otp.mobile);
            accepted(await client.verify(otp.id, newest, otp.ticket));
          },
        },
      ],
    },
    {
      name: 'delivery report',
      reserve: SAVE_REPORT,
      settle: SAVE_REPORT,
      prepare: pending,
      start: report,
      rows: [
        {
          boundary: 'before the first write',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'nothing: ANTS posts it again',
          check: postsItAgain,
        },
        {
          boundary: 'all written, nobody answered',
          status: 'pending',
          history: ['requested', 'sent', 'delivered'],
          sms: 0,
          then: 'nothing: a second copy is not stored',
          check: postsItAgain,
        },
      ],
    },
    {
      name: 'delivery report of two details',
      reserve: SAVE_REPORT,
      prepare: pending,
      start: (otp) => report(otp, ['ACCEPTED', 'DELIVERED']),
      rows: [
        {
          boundary: 'first detail stored, the second not',
          status: 'pending',
          history: ['requested', 'sent', 'delivery_report'],
          sms: 0,
          then: 'nothing: ANTS posts both again, and each is stored once',
          async check(otp) {
            const both = ['requested', 'sent', 'delivery_report', 'delivered'];
            for (let posts = 0; posts < 2; posts++) {
              expect(await report(otp, ['ACCEPTED', 'DELIVERED'])).toEqual([200]);
              expect(await types(otp)).toEqual(both);
            }
            expect(await t.otps.status(otp.id)).toMatchObject({ delivery: 'delivered' });
          },
        },
      ],
    },
    {
      name: 'verify, right code',
      reserve: SQL.reserveTry,
      settle: SQL.settleTry,
      ants: 'verifyOTP',
      prepare: pending,
      start: ({ id, code, ticket }) => client.verify(id, code, ticket),
      rows: [
        {
          boundary: 'before the first write',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'enter the code again at once',
          check: entersTheCode,
        },
        {
          boundary: 'first write done, ANTS not called',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'enter the same code again after 15 s, for free',
          check: entersTheCode,
        },
        {
          boundary: 'ANTS has done it, answer on its way',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'enter the same code again after 15 s, for free',
          async check(otp) {
            await entersTheCode(otp);
            expect(await wasRecovered(otp)).toBe(true);
          },
        },
        {
          boundary: 'ANTS has answered, nothing written',
          status: 'pending',
          history: ['requested', 'sent'],
          sms: 0,
          then: 'enter the same code again after 15 s, for free',
          async check(otp) {
            await entersTheCode(otp);
            expect(await wasRecovered(otp)).toBe(true);
          },
        },
        {
          boundary: 'all written, nobody answered',
          status: 'verified',
          history: ['requested', 'sent', 'verified'],
          sms: 0,
          then: 'enter the same code again within 10 s (`repeated: true`); later ask anew',
          async atOnce({ id, code, ticket }) {
            // No answer has said `repeated: false`, and none ever will.
            expect(await t.otps.verify(id, code, { ticket })).toMatchObject({ repeated: true });
          },
          check: mustAskAnew,
        },
      ],
    },
    {
      name: 'verify, right code; then another code',
      reserve: SQL.reserveTry,
      settle: SQL.settleTry,
      ants: 'verifyOTP',
      prepare: pending,
      start: ({ id, code, ticket }) => client.verify(id, code, ticket),
      rows: (
        [
          ['first write done, ANTS not called', 'wrong_code'],
          ['ANTS has done it, answer on its way', 'already_used'],
          ['ANTS has answered, nothing written', 'already_used'],
        ] as const
      ).map(([boundary, refused]) => ({
        boundary,
        status: 'pending',
        history: ['requested', 'sent'],
        sms: 0,
        then: `the other code is refused (\`${refused}\`) and costs an attempt; the right one is still free`,
        async check(otp) {
          const { id, code, ticket } = otp;
          const left = async () => (await t.otps.status(id)).attemptsLeft;
          expect(refusal(await client.verify(id, wrong(code), ticket))).toBe(refused);
          expect(await types(otp)).toEqual(['requested', 'sent', refused]);
          expect(await left()).toBe(3);
          accepted(await client.verify(id, code, ticket));
          expect(await left()).toBe(3);
        },
      })),
    },
    {
      name: 'verify, another code after a lost right one',
      reserve: SQL.reserveTry,
      settle: SQL.settleTry,
      ants: 'verifyOTP',
      prepare: unknown,
      start: ({ id, code, ticket }) => client.verify(id, wrong(code), ticket),
      rows: (
        [
          'first write done, ANTS not called',
          'ANTS has done it, answer on its way',
          'ANTS has answered, nothing written',
        ] as const
      ).map((boundary) => ({
        boundary,
        status: 'pending',
        history: ['requested', 'sent', 'verify_unknown'],
        sms: 0,
        then: 'neither code is accepted any more (`already_used`): ask anew',
        async check(otp) {
          const { id, code, ticket } = otp;
          for (const typed of [code, wrong(code)])
            expect(refusal(await client.verify(id, typed, ticket))).toBe('already_used');
          expect(await types(otp)).not.toContain('verified');
          await waits(otp, '60 s');
          await asksAnew(otp);
        },
      })),
    },
    {
      name: 'verify, wrong code',
      reserve: SQL.reserveTry,
      settle: SQL.settleTry,
      ants: 'verifyOTP',
      prepare: pending,
      start: ({ id, code, ticket }) => client.verify(id, wrong(code), ticket),
      rows: (
        [
          ['before the first write', 5],
          ['first write done, ANTS not called', 4],
          ['ANTS has done it, answer on its way', 4],
          ['ANTS has answered, nothing written', 4],
          ['all written, nobody answered', 4],
        ] as const
      ).map(([boundary, left]) => ({
        boundary,
        status: 'pending',
        history: [
          'requested',
          'sent',
          ...(boundary === 'all written, nobody answered' ? ['wrong_code' as const] : []),
        ],
        sms: 0,
        then: `enter the right code; ${left} attempts are left`,
        async check(otp) {
          expect((await t.otps.status(otp.id)).attemptsLeft).toBe(left);
          accepted(await client.verify(otp.id, otp.code, otp.ticket));
        },
      })),
    },
    {
      name: 'use of a proof',
      reserve: SQL.consume,
      settle: SQL.consume,
      prepare: verified,
      start: ({ proof }) => client.openVault(proof),
      rows: [
        {
          boundary: 'before the first write',
          status: 'verified',
          history: ['requested', 'sent', 'verified'],
          sms: 0,
          then: 'use the proof',
          async check(otp) {
            accepted(await client.openVault(otp.proof));
          },
        },
        {
          boundary: 'all written, nobody answered',
          status: 'verified',
          history: ['requested', 'sent', 'verified', 'consumed'],
          sms: 0,
          then: 'ask anew: the proof is spent, the route never ran',
          async check(otp) {
            expect(refusal(await client.openVault(otp.proof))).toBe('proof_consumed');
            await waits(otp, '60 s');
            await asksAnew(otp);
          },
        },
      ],
    },
  ];

  async function postsItAgain(otp: Victim): Promise<void> {
    expect(await report(otp)).toEqual([200]);
    expect(await types(otp)).toEqual(['requested', 'sent', 'delivered']);
    expect(await t.otps.status(otp.id)).toMatchObject({ status: 'pending', delivery: 'delivered' });
  }

  /** Brings an OTP to the boundary and leaves it there. */
  const bringTo = async (boundary: Boundary, flow: Flow, otp: Victim): Promise<void> => {
    const [place, step] = BOUNDARIES[boundary];
    const stop =
      place === 'ants'
        ? simulator.hold(flow.ants!)
        : proxy.hold(place, flow[step] ?? 'no such statement');
    void flow.start(otp).catch(() => undefined);
    await stop.arrived;
  };

  // One kill for half of the table: it stands at all those places at once, each with a connection.
  const kills = repetitions(1, 10).flatMap((run) => [
    { run, half: flows.slice(0, 5) },
    ...(EVERYTHING ? [{ run, half: flows.slice(5) }] : []),
  ]);
  describe.each(kills)('in the middle of ($run)', ({ half }) => {
    const places = half.flatMap((flow) => flow.rows.map((row) => ({ ...row, flow })));
    const victims = new Map<object, Victim>();

    beforeAll(async () => {
      for (const place of places) victims.set(place, await place.flow.prepare());
      await t.database.age('61 s'); // a resend may come
      for (const place of places) await bringTo(place.boundary, place.flow, victims.get(place)!);
      await child.kill();
      client.close();
      for (const place of places) await place.atOnce?.(victims.get(place)!);
      await restart();
      for (const otp of victims.values()) {
        const [row] = await t.otps.find({ mobile: otp.mobile });
        if (row) otp.id = row.id;
      }
      await t.database.age('16 s');
      await sweep();
    });

    it.each(places)('$flow.name, $boundary: $status', async (row) => {
      const otp = victims.get(row)!;
      expect(await status(otp)).toBe(row.status);
      expect(await types(otp)).toEqual(row.history);
      expect(sms(otp) - otp.smsBefore).toBe(row.sms);
      expect(await violations({ database: t.database, simulator })).toEqual([]);
      await row.check(otp);
      expect(await violations({ database: t.database, simulator })).toEqual([]);
    });
  });

  itInAll.each(repetitions(1, 200))('leaves nothing broken wherever it stood (%i)', async (run) => {
    const users = Array.from({ length: 12 }, nextMobile);
    const fresh = new Map<string, number>();
    /** One user's way; gives nothing when the process is gone. */
    const goes = async (mobile: string): Promise<void> => {
      const asked = await client.request(mobile, keyOf(mobile));
      if (!asked.ok) return;
      const { id, ticket } = asked.ok;
      const code = simulator.codeFor(mobile);
      await client.verify(id, wrong(code), ticket);
      const { ok } = await client.verify(id, code, ticket);
      if (ok?.repeated === false) fresh.set(id, (fresh.get(id) ?? 0) + 1);
      if (ok) await client.openVault(ok.proof);
    };
    simulator.configure({ latencyMs: [0, 40], seed: run });
    const underWay = users.map((mobile) => goes(mobile).catch(() => undefined));
    // No state to wait for: the moment is what is tried out.
    await sleep((run * 37) % 250);
    await child.kill();
    await Promise.all(underWay);
    client.close();
    await restart();
    await t.database.age('16 s');
    await sweep();
    expect(await violations({ database: t.database, simulator })).toEqual([]);

    await Promise.all(users.map(goes));
    expect(await violations({ database: t.database, simulator })).toEqual([]);
    expect([...fresh.values()].filter((count) => count !== 1)).toEqual([]);
    for (const mobile of users) {
      const ended = (await t.otps.find({ mobile })).map(({ status: end }) => end);
      // A request that was cut off waits for its 10 s; everybody else is through.
      expect([['verified'], ['send_unknown']]).toContainEqual(ended);
    }
  });

  it('stands in docs/lifecycle.md as it is tested here', () => {
    const page = readFileSync(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8');
    const section = page.split('\n## Crashes\n')[1]?.split('\n## ')[0] ?? '';
    const documented = section.split('\n').filter((line) => line.startsWith('| '));
    const tested = flows.flatMap(({ name, rows }) =>
      rows.map(
        ({ boundary, status: ends, sms: count, then }) =>
          `| ${name} | ${boundary} | ${ends ? `\`${ends}\`` : 'no row'} | ${count} | ${then} |`,
      ),
    );
    expect(documented.slice(1)).toEqual(tested);
  });
});
