import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { OnOtpEvent } from 'nestjs-ants-otp';
import type { OtpDelivered } from 'nestjs-ants-otp';
import { FakeClock } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { repetitions, times } from '../support/counts.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';

/** One report, as it stands in a push. */
type Detail = Record<string, unknown>;
type Row = Record<string, unknown>;

/** What a report of this status says besides; `messageId` is filled in where it is missing. */
const says = (name: string, more: Detail = {}): Detail => ({ status: { name }, ...more });
const unnamed = { messageId: undefined };
/** Near the OTPs' own times: a date that is far from them counts as missing. */
const DAY = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);
/** Bangkok time, as ANTS writes it, and the same as it is stored. */
const bangkok = (second: number) => `${DAY}T12:00:0${second}.00`;
const stored = (second: number) => new Date(`${DAY}T05:00:0${second}Z`);

/** Different reports of one SMS, and the send that they make in any order, with any copies. */
const SETS: { name: string; reports: Detail[]; makes: Row }[] = [
  {
    name: 'the usual way',
    reports: ['ACCEPTED', 'PENDING', 'COMPLETED', 'DELIVERED'].map((name) => says(name)),
    makes: { delivery: 'delivered' },
  },
  {
    name: 'a delivery after failures',
    reports: [
      says('ACCEPTED'),
      says('PENDING', { doneDate: bangkok(1) }),
      says('REJECTED', { doneDate: bangkok(2) }),
      says('UNDELIVERED', { doneDate: bangkok(3) }),
      says('DELIVERED', { doneDate: bangkok(4) }),
    ],
    makes: { delivery: 'delivered', done_at: stored(4) },
  },
  {
    name: 'a bad end',
    reports: [
      says('ACCEPTED', { sendDate: bangkok(0), bulkId: 'bulk-1' }),
      says('COMPLETED', { credit: '1' }),
      says('EXPIRED', { doneDate: bangkok(5) }),
      says('REJECTED', { credit: '2' }),
      says('UNDELIVERED', { doneDate: bangkok(9), sendDate: bangkok(1), bulkId: 'bulk-2' }),
    ],
    makes: { delivery: 'undelivered', done_at: stored(9), sent_at: stored(1), bulk_id: 'bulk-2' },
  },
  {
    name: 'statuses that nobody knows',
    reports: [
      says('PENDING'),
      says('SHREDDED', { doneDate: bangkok(1) }),
      says('LOST AT SEA'),
      says('ACCEPTED', { credit: '1' }),
    ],
    makes: { delivery: 'unknown', done_at: stored(1) },
  },
  {
    name: 'one end with several dates',
    reports: [
      says('DELIVERED'),
      says('DELIVERED', { doneDate: bangkok(3) }),
      says('DELIVERED', { doneDate: bangkok(2) }),
      says('DELIVERED', { doneDate: bangkok(2), sendDate: bangkok(1) }),
      says('DELIVERED', { doneDate: 'yesterday' }),
    ],
    makes: { delivery: 'delivered', done_at: stored(2), sent_at: stored(1) },
  },
  {
    name: 'one end with several codes and words',
    reports: [
      { status: { name: 'UNDELIVERED', code: '2', description: 'absent' } },
      { status: { name: 'UNDELIVERED', code: '2', description: 'Absent' } },
      { status: { name: 'UNDELIVERED', code: '10', description: 'เครื่องปิด' } },
      { status: { name: 'UNDELIVERED', code: '10', description: 'off' }, credit: '2' },
      { status: { name: 'UNDELIVERED', code: '10', description: 'off' }, credit: '1' },
    ],
    makes: { delivery: 'undelivered', delivery_code: '10', description: 'off', credit: '1' },
  },
  {
    name: 'some that name no SMS',
    reports: [
      says('ACCEPTED', unnamed),
      says('PENDING'),
      says('UNDELIVERED', { ...unnamed, doneDate: bangkok(2) }),
      says('UNDELIVERED', { doneDate: bangkok(1) }),
      says('DELIVERED', unnamed),
    ],
    makes: { delivery: 'delivered' },
  },
];

const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, n) => n !== at);
const withAt = <T>(list: readonly T[], at: number, more: T): T[] => [
  ...list.slice(0, at),
  more,
  ...list.slice(at),
];

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, at) =>
    permutations(without(list, at)).map((rest) => [first, ...rest]),
  );
}

/** All orders in `npm run test:long`, some in `npm test`; each has copies in random places. */
function ordersOf(reports: readonly Detail[], seed: number): Detail[][] {
  const random = seededRandom(seed);
  const below = (size: number) => Math.floor(random() * size);
  const all = permutations(reports);
  const some = Array.from({ length: Math.min(times(5, all.length), all.length) }, () =>
    all.splice(below(all.length), 1),
  ).flat();
  return some.map((order) =>
    Array.from({ length: 1 + below(3) }, () => reports[below(reports.length)]!).reduce(
      (list, copy) => withAt(list, below(list.length + 1), copy),
      order,
    ),
  );
}

const EMPTY = {
  ...{ bulk_id: null, credit: null, delivery_code: null, description: null },
  ...{ sent_at: null, done_at: null },
};

/** The OTPs of the events that the app's own handler was called with. */
const delivered: string[] = [];

@Injectable()
class Deliveries {
  @OnOtpEvent('delivered')
  on({ otpId }: OtpDelivered): void {
    delivered.push(otpId);
  }
}

describe('reports of an SMS', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ providers: [Deliveries] });
    t.simulator.configure({ reports: 'manual' });
  });
  afterAll(() => t.close());

  interface Sent {
    id: string;
    ticket: string;
    mobile: string;
    messageId: string;
    notifyUrl: string;
  }
  const ask = async (more: { callbackData?: string; subject?: string } = {}): Promise<Sent> => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile, ...more });
    const { messageId, notifyUrl } = t.simulator.lastSms(mobile)!;
    return { id, ticket, mobile, messageId, notifyUrl: notifyUrl! };
  };
  /** Posts a push and gives the status of the answer. */
  const post = async (
    { notifyUrl, messageId }: Pick<Sent, 'notifyUrl' | 'messageId'>,
    ...details: Detail[]
  ): Promise<number> => {
    const push = { details: details.map((detail) => ({ messageId, ...detail })) };
    return (await request(t.url).post(new URL(notifyUrl).pathname).send(push)).status;
  };
  const otpRow = async (id: string): Promise<Row> =>
    (await t.database.query(`SELECT * FROM otps WHERE id = $1`, [id])).rows[0]!;
  const sendRows = async (id: string): Promise<Row[]> => {
    const { rows } = await t.database.query(
      `SELECT send_no, message_id, bulk_id, credit, delivery, delivery_code, description, sent_at, done_at
       FROM otp_sends WHERE otp_id = $1 ORDER BY send_no`,
      [id],
    );
    return rows;
  };
  const typesOf = async (id: string) => (await t.otps.history(id)).map(({ type }) => type);

  describe('make the same row in any order, with any copies', () => {
    describe.each(SETS)('$name', ({ reports, makes }) => {
      it.each(ordersOf(reports, 7).map((order, n) => ({ n, order })))(
        'in order $n',
        async ({ n, order }) => {
          const sms = await ask();
          // Some orders come in one push.
          const pushes = n % 4 === 3 ? [order] : order.map((report) => [report]);
          for (const push of pushes) expect(await post(sms, ...push)).toBe(200);

          const send = { ...EMPTY, send_no: 1, message_id: sms.messageId, ...makes };
          expect(await sendRows(sms.id)).toEqual([send]);
          expect(await otpRow(sms.id)).toMatchObject({
            ...{ status: 'pending', delivery: makes['delivery'] },
            event_count: 2 + reports.length,
          });
        },
      );
    });

    it.each(SETS)('$name, before the answer to the request', async ({ reports, makes }) => {
      const held = t.simulator.hold('requestOTP');
      const mobile = nextMobile();
      const asked = t.otps.request({ mobile });
      await held.arrived;
      const { messageId, notifyUrl } = t.simulator.lastSms(mobile)!;
      for (const report of [...reports].reverse())
        expect(await post({ messageId, notifyUrl: notifyUrl! }, report)).toBe(200);
      held.release();
      const { id, delivery } = await asked;
      const send = { ...EMPTY, send_no: 1, message_id: messageId, ...makes };
      expect(await sendRows(id)).toEqual([send]);
      expect(delivery).toBe(makes['delivery']);
      expect(await otpRow(id)).toMatchObject({ status: 'pending', delivery });
      // The history keeps the order in which things came: reports first, then the answer of ANTS.
      const types = await typesOf(id);
      expect([types[0], types.at(-1)]).toEqual(['requested', 'sent']);
      expect(types).toHaveLength(2 + reports.length);
    });

    it.each(SETS)('$name, all at once', async ({ reports, makes }) => {
      const sms = await ask();
      const copies = Array.from({ length: times(3, 20, 2) }, () => reports).flat();
      const statuses = await Promise.all(copies.map((report) => post(sms, report)));
      expect(new Set(statuses)).toEqual(new Set([200]));
      const send = { ...EMPTY, send_no: 1, message_id: sms.messageId, ...makes };
      expect(await sendRows(sms.id)).toEqual([send]);
      const { event_count, delivery } = await otpRow(sms.id);
      expect([event_count, delivery]).toEqual([2 + reports.length, makes['delivery']]);
    });

    it.each(repetitions(1, 20))(
      'stores one of 100 copies that come at once, calls once (%i)',
      async () => {
        const sms = await ask();
        const posts = Array.from({ length: 100 }, () => post(sms, says('DELIVERED')));
        expect(new Set(await Promise.all(posts))).toEqual(new Set([200]));
        expect(await typesOf(sms.id)).toEqual(['requested', 'sent', 'delivered']);
        expect(await otpRow(sms.id)).toMatchObject({ event_count: 3, delivery: 'delivered' });
        await t.app.get(OtpEventDispatcher).idle();
        expect(delivered.filter((id) => id === sms.id)).toHaveLength(1);
      },
    );
  });

  describe('after a resend', () => {
    /** An OTP with two SMS; what is known of the first one came before the second. */
    const askTwice = async (known: Detail[]) => {
      const first = await ask();
      for (const report of known) await post(first, report);
      await t.database.age('61 s');
      await t.otps.resend(first.id, first);
      const { messageId } = t.simulator.lastSms(first.mobile)!;
      return { first, second: { ...first, messageId } };
    };
    const deliveries = async (id: string) => [
      (await otpRow(id))['delivery'],
      ...(await sendRows(id)).map(({ message_id, delivery }) => [message_id, delivery]),
    ];

    it('belong to the SMS whose id is known, the OTP shows the newest', async () => {
      const { first, second } = await askTwice([says('PENDING')]);
      await post(first, says('DELIVERED'));
      expect(await deliveries(first.id)).toEqual([
        'none',
        [first.messageId, 'delivered'],
        [null, 'none'],
      ]);
      await post(second, says('UNDELIVERED'));
      await post(first, says('UNDELIVERED'));
      expect(await deliveries(first.id)).toEqual([
        'undelivered',
        [first.messageId, 'delivered'],
        [second.messageId, 'undelivered'],
      ]);
    });

    it('with an id that nobody knows belong to the newest SMS without one, for ever', async () => {
      const { first, second } = await askTwice([]);
      await post(first, says('PENDING'));
      await post(second, says('ACCEPTED'));
      const swapped = ([one, two]: [string, string]) => [
        two,
        [second.messageId, one],
        [first.messageId, two],
      ];
      expect(await deliveries(first.id)).toEqual(swapped(['accepted', 'pending']));
      await post(second, says('DELIVERED'));
      await post(first, says('REJECTED'));
      expect(await deliveries(first.id)).toEqual(swapped(['delivered', 'rejected']));
    });

    it('without an id belong to the newest SMS', async () => {
      const { first } = await askTwice([says('PENDING')]);
      await post(first, says('DELIVERED', unnamed));
      expect(await deliveries(first.id)).toEqual([
        'delivered',
        [first.messageId, 'pending'],
        [null, 'delivered'],
      ]);
    });

    it('of a third SMS are recorded and belong to none', async () => {
      const { first, second } = await askTwice([says('PENDING')]);
      await post(second, says('PENDING'));
      const before = await sendRows(first.id);
      await post({ ...first, messageId: 'a-third' }, says('DELIVERED'));
      expect(await sendRows(first.id)).toEqual(before);
      expect(await otpRow(first.id)).toMatchObject({ delivery: 'pending' });
      const [last] = (await t.otps.history(first.id)).slice(-1);
      expect(last).toMatchObject({ type: 'delivery_report', data: { send: null } });
    });

    it('make the same rows in any order once both ids are known', async () => {
      const reports = (first: Sent, second: Sent) => [
        { ...says('DELIVERED'), messageId: first.messageId },
        { ...says('REJECTED'), messageId: first.messageId },
        { ...says('PENDING'), messageId: second.messageId },
        { ...says('UNDELIVERED'), messageId: second.messageId },
      ];
      const orders = permutations([0, 1, 2, 3]);
      for (const order of orders.slice(0, times(6, orders.length))) {
        const { first, second } = await askTwice([says('ACCEPTED')]);
        await post(second, says('ACCEPTED'));
        const list = reports(first, second);
        for (const n of order) await post(first, list[n]!);
        expect(await deliveries(first.id)).toEqual([
          'undelivered',
          [first.messageId, 'delivered'],
          [second.messageId, 'undelivered'],
        ]);
      }
    });
  });

  describe('that are not about this OTP', () => {
    it.each([
      ['another number', { to: '66899999999' }],
      ['no number at all', { to: 'somebody' }],
      ['other callbackData', { callbackData: 'order-18' }],
      [
        'another number, though it knows the callbackData',
        { to: '66899999999', callbackData: 'order-17' },
      ],
    ])('(%s) are recorded and change nothing', async (_, wrong) => {
      const sms = await ask({ callbackData: 'order-17' });
      const [row, sends] = [await otpRow(sms.id), await sendRows(sms.id)];
      expect(await post(sms, says('DELIVERED', wrong))).toBe(200);
      expect(await otpRow(sms.id)).toEqual({ ...row, event_count: 3 });
      expect(await sendRows(sms.id)).toEqual(sends);
      expect((await typesOf(sms.id)).slice(2)).toEqual(['delivery_mismatch']);
      await post(sms, says('DELIVERED'));
      expect(await otpRow(sms.id)).toMatchObject({ delivery: 'delivered' });
    });

    it('may have the number in another spelling, and no callbackData', async () => {
      const sms = await ask({ callbackData: 'order-17' });
      await post(sms, says('DELIVERED', { to: `+66 ${sms.mobile.slice(1)}` }));
      expect(await typesOf(sms.id)).toEqual(['requested', 'sent', 'delivered']);
    });
  });

  describe('change nothing but the delivery of an OTP', () => {
    const code = (sms: Sent) => t.simulator.codeFor(sms.mobile);
    const verified = async (sms: Sent) => (await t.otps.verify(sms.id, code(sms), sms)).proof;
    /** Brings an OTP there; gives what ends a call that is still running. */
    const STATES: Record<string, (sms: Sent) => Promise<unknown>> = {
      pending: () => Promise.resolve(),
      'pending, a wrong code behind it': (sms) =>
        outcomes([t.otps.verify(sms.id, wrongCodes(code(sms), 1)[0]!, sms)]),
      'pending, a lost answer behind it': (sms) => {
        t.simulator.next('verifyOTP', { drop: 'after' });
        return outcomes([t.otps.verify(sms.id, code(sms), sms)]);
      },
      'pending, two lost answers behind it': async (sms) => {
        t.simulator.next('verifyOTP', { drop: 'after' }, 2);
        await outcomes([t.otps.verify(sms.id, code(sms), sms)]);
        await outcomes([t.otps.verify(sms.id, wrongCodes(code(sms), 1)[0]!, sms)]);
      },
      'pending, past its time': () => t.database.age('301 s'),
      max_attempts_reached: async (sms) => {
        for (const wrong of wrongCodes(code(sms), 5))
          await outcomes([t.otps.verify(sms.id, wrong, sms)]);
      },
      canceled: (sms) => t.otps.cancel(sms.id),
      superseded: async (sms) => {
        await t.database.age('61 s');
        await t.otps.request({ mobile: sms.mobile });
      },
      verified,
      'verified and revoked': async (sms) => {
        await verified(sms);
        await t.otps.revoke(sms.id);
      },
    };

    const limits = async (id: string) =>
      (
        await t.database.query(
          `SELECT l.* FROM otps AS o JOIN otp_limits AS l ON strpos(l.key, encode(o.mobile_mac, 'hex')) > 0
           WHERE o.id = $1 ORDER BY l.key`,
          [id],
        )
      ).rows;
    const everyReport = async (sms: Sent) => {
      const [row, counted] = [await otpRow(sms.id), await limits(sms.id)];
      const statuses = ['ACCEPTED', 'UNHEARD OF', 'EXPIRED', 'UNDELIVERED', 'DELIVERED'];
      for (const [n, name] of statuses.entries()) {
        expect(await post(sms, says(name))).toBe(200);
        expect(await otpRow(sms.id)).toEqual({
          ...row,
          delivery: ['accepted', 'unknown', 'expired', 'undelivered', 'delivered'][n],
          event_count: (row['event_count'] as number) + n + 1,
        });
      }
      expect(await limits(sms.id)).toEqual(counted);
    };

    it.each(Object.entries(STATES))('that is %s', async (_, bring) => {
      const sms = await ask({ subject: 'owner' });
      await bring(sms);
      await everyReport(sms);
    });

    it('whose check is running', async () => {
      const sms = await ask();
      const held = t.simulator.hold('verifyOTP');
      const checked = t.otps.verify(sms.id, code(sms), sms);
      await held.arrived;
      await everyReport(sms);
      held.release();
      expect(await checked).toMatchObject({ repeated: false });
    });

    it.each([
      ['send_failed', '0301'],
      ['send_unknown', '9999'],
    ] as const)('that is %s', async (status, error) => {
      const mobile = nextMobile();
      t.simulator.next('requestOTP', { error });
      await outcomes([t.otps.request({ mobile })]);
      const [otp] = await t.otps.find({ mobile });
      expect(otp).toMatchObject({ status });
      const { notifyUrl } = t.simulator.requests.at(-1)!.body as { notifyUrl: string };
      await everyReport({ id: otp!.id, ticket: '', mobile, messageId: '1', notifyUrl });
    });
  });
});

describe('a report that comes', () => {
  let t: TestApp;
  const clock = new FakeClock(Date.now());
  beforeAll(async () => {
    t = await bootApp({ clock });
    t.simulator.configure({ reports: 'manual' });
  });
  afterAll(() => t.close());

  it.each([
    [47, 200, 'delivered'],
    [71, 200, 'delivered'],
    [73, 404, 'none'],
  ])('%i h after its SMS is answered %i', async (hours, answer, delivery) => {
    const mobile = nextMobile();
    const { id } = await t.otps.request({ mobile });
    clock.advance(hours * 3600);
    await t.database.age(`${hours} h`);
    const sms = t.simulator.lastSms(mobile)!;
    expect(await t.simulator.report(sms)).toEqual([answer]);
    expect(await t.otps.status(id)).toMatchObject({ status: 'expired', delivery });
    const types = (await t.otps.history(id)).map(({ type }) => type);
    expect(types).toEqual(['requested', 'sent', ...(answer === 200 ? ['delivered'] : [])]);
  });
});
