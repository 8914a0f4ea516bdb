import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { antsError } from 'nestjs-ants-otp/testing';
import { OnOtpEvent } from 'nestjs-ants-otp';
import type { OtpDelivered } from 'nestjs-ants-otp';
import { DataSource } from 'typeorm';
import { FIND_HELD } from '../../src/persistence/find.sql.js';
import { SQL } from '../../src/persistence/otp.sql.js';
import { OUTBOX_SQL } from '../../src/persistence/outbox.sql.js';
import { Sweeper } from '../../src/service/sweeper.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import { everyOr, times } from '../support/counts.js';
import { createMigratedDatabase, databaseAt } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { violations } from '../support/invariants.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { accepted, OtpClient } from '../support/otp-client.js';
import { SAVE_REPORT } from '../support/save-texts.js';
import type { Answer } from '../support/otp-client.js';
import { startOwnPostgres } from '../support/own-postgres.js';
import type { OwnPostgres } from '../support/own-postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Passage } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';
import { VaultController } from '../support/vault.controller.js';

interface Otp {
  mobile: string;
  id: string;
  ticket: string;
  code: string;
  proof: string;
}

/** An app, its users' client, and a proxy before its database. */
interface Stage extends TestApp {
  client: OtpClient;
  proxy: TcpProxy;
}

const UNAVAILABLE = { code: 'unavailable', status: 503 };
const PASSAGES: Passage[] = ['statement', 'answer'];

async function stage(boot: BootOptions = {}, own?: TestDatabase): Promise<Stage> {
  const database = own ?? (await createMigratedDatabase());
  const proxy = await TcpProxy.before(database.appUrl);
  const simulator = recordedSimulator({ reports: 'manual' });
  await simulator.start();
  const t = await bootApp({
    ...{ database: { ...database, appUrl: proxy.url }, simulator },
    ...{ extras: { routes: true }, controllers: [VaultController] },
    ...boot,
  });
  const client = new OtpClient(t.url);
  const close = async (): Promise<void> => {
    client.close();
    await t.close();
    await proxy.close();
    await simulator.stop();
    await database.drop();
  };
  return { ...t, database, client, proxy, close };
}

/** What every test does with an app. */
function actorsOf(current: () => Stage) {
  const ask = async (): Promise<Otp> => {
    const { client, simulator } = current();
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client.request(mobile));
    return { mobile, id, ticket, code: simulator.codeFor(mobile), proof: '' };
  };
  const verified = async (): Promise<Otp> => {
    const otp = await ask();
    const { proof } = accepted(await current().client.verify(otp.id, otp.code, otp.ticket));
    return { ...otp, proof };
  };
  const resendable = async (): Promise<Otp> => {
    const otp = await ask();
    await current().database.age('61 s');
    return otp;
  };
  const fresh = (): Promise<Otp> =>
    Promise.resolve({ ...{ mobile: nextMobile(), id: '', ticket: '', code: '', proof: '' } });
  const history = async ({ id }: { id: string }) =>
    (await current().otps.history(id)).map(({ type }) => type);
  const report = ({ mobile }: Otp) => {
    const { simulator } = current();
    return simulator.report(simulator.lastSms(mobile)!, {
      patch: (detail) => ({ ...detail, doneDate: detail.sendDate }),
    });
  };
  /** A request, a resend and a check that have come to ANTS and get no answer before `release()`. */
  const callsAtAnts = async (mobile: string, sent: Otp, checked: Otp) => {
    const { client, simulator } = current();
    const holds = (['requestOTP', 'resendOTP', 'verifyOTP'] as const).map((call) =>
      simulator.hold(call),
    );
    const inFlight = Promise.all([
      client.request(mobile),
      client.resend(sent.id, sent.ticket),
      client.verify(checked.id, checked.code, checked.ticket),
    ]);
    await Promise.all(holds.map(({ arrived }) => arrived));
    const release = (): void => {
      for (const hold of holds) hold.release();
    };
    return { inFlight, release };
  };
  /** Time passes, dead leases end, the sweeper comes by. */
  const later = async (): Promise<void> => {
    await current().database.age('16 s');
    await current().app.get(Sweeper).sweep();
  };
  const intact = async (): Promise<void> => {
    expect(await violations(current(), { atRest: false })).toEqual([]);
  };
  const owesNothing = () =>
    until('no event is owed', async () => {
      const { rows } = await current().database.query('SELECT FROM otp_outbox');
      return rows.length === 0;
    });
  return {
    ask,
    verified,
    resendable,
    fresh,
    history,
    report,
    callsAtAnts,
    later,
    intact,
    owesNothing,
  };
}

/** A handler of delivery reports, which notes the OTP of each call. */
function deliveredHandler() {
  const handled: string[] = [];
  let mayEnd = Promise.resolve();
  @Injectable()
  class Handler {
    private readonly seen = handled;
    @OnOtpEvent('delivered')
    async on({ otpId }: OtpDelivered): Promise<void> {
      this.seen.push(otpId);
      await mayEnd;
    }
  }
  /** Calls do not end until the given function is called. */
  const hold = (): (() => void) => {
    let end = (): void => undefined;
    mayEnd = new Promise((resolve) => (end = resolve));
    return end;
  };
  return { Handler, handled, hold };
}

const wrong = (code: string): string => (code === '000000' ? '111111' : '000000');

describe('a connection to Postgres that dies under a statement', () => {
  let t: Stage;
  beforeAll(async () => {
    t = await stage();
  });
  afterEach(() => {
    t.proxy.reset();
  });
  afterAll(async () => {
    await later();
    const left = await violations(t);
    await t.close();
    expect(left).toEqual([]);
  });
  const { ask, verified, resendable, fresh, history, report, later, intact } = actorsOf(() => t);
  const calls = (): number => t.simulator.requests.length;

  interface Case {
    flow: string;
    text: string;
    prepare: () => Promise<Otp>;
    act: (otp: Otp) => Promise<unknown>;
    refused: unknown;
    /** What the next thing that the user does gives, when the statement never arrived … */
    lost: (otp: Otp) => Promise<unknown>;
    /** … and when it was done and its answer was lost. */
    done: (otp: Otp) => Promise<unknown>;
  }
  const refused = ({ refused: why }: Answer<unknown>): unknown => why;
  /** How it was refused by the service itself. */
  const refusal = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'accepted',
      (error: unknown) => error,
    );
  const asks = async ({ mobile }: Otp) => accepted(await t.client.request(mobile));
  const enters = async ({ id, code, ticket }: Otp) => {
    const { repeated } = accepted(await t.client.verify(id, code, ticket));
    expect(repeated).toBe(false);
    expect((await t.otps.status(id)).attemptsLeft).toBe(4);
  };

  describe.each<Case>([
    {
      flow: 'the look of a request',
      text: SQL.preCheck,
      prepare: fresh,
      act: async ({ mobile }) => refused(await t.client.request(mobile)),
      refused: UNAVAILABLE,
      lost: asks,
      done: asks,
    },
    {
      flow: 'the reserve of a request',
      text: SQL.reserveRequest,
      prepare: fresh,
      act: async ({ mobile }) => refused(await t.client.request(mobile)),
      refused: UNAVAILABLE,
      lost: asks,
      async done(otp) {
        await later();
        const [{ id, status } = { id: '', status: '' }] = await t.otps.find({ mobile: otp.mobile });
        expect([status, await history({ id })]).toEqual([
          'send_unknown',
          ['requested', 'send_unknown'],
        ]);
        expect(t.simulator.messages(otp.mobile)).toEqual([]);
        await t.database.age('10 s');
        await asks(otp);
      },
    },
    {
      flow: 'the reserve of a resend',
      text: SQL.reserveResend,
      prepare: resendable,
      act: async ({ id, ticket }) => refused(await t.client.resend(id, ticket)),
      refused: UNAVAILABLE,
      lost: async ({ id, ticket }) => accepted(await t.client.resend(id, ticket)),
      async done(otp) {
        const again = await t.client.resend(otp.id, otp.ticket);
        expect(again.refused).toMatchObject({ code: 'cooldown' });
        await enters(otp);
      },
    },
    {
      flow: 'the reserve of a check',
      text: SQL.reserveTry,
      prepare: ask,
      act: async ({ id, code, ticket }) => refused(await t.client.verify(id, code, ticket)),
      refused: UNAVAILABLE,
      lost: enters,
      async done(otp) {
        await t.database.age('16 s'); // the lease of the check that never was
        await enters(otp);
      },
    },
    {
      flow: 'the look of a check that is too late',
      text: FIND_HELD,
      prepare: verified,
      act: async ({ id, code, ticket }) => refused(await t.client.verify(id, code, ticket)),
      refused: UNAVAILABLE,
      lost: async ({ id, ticket }) => accepted(await t.client.status(id, ticket)),
      done: async ({ id, ticket }) => accepted(await t.client.status(id, ticket)),
    },
    {
      flow: 'a delivery report',
      text: SAVE_REPORT,
      prepare: ask,
      act: report,
      refused: [503],
      async lost(otp) {
        expect(await report(otp)).toEqual([200]);
        expect(await history(otp)).toEqual(['requested', 'sent', 'delivered']);
      },
      async done(otp) {
        expect(await report(otp)).toEqual([200]);
        expect(await history(otp)).toEqual(['requested', 'sent', 'delivered']);
      },
    },
    {
      flow: 'the use of a proof',
      text: SQL.consume,
      prepare: verified,
      act: async ({ proof }) => refused(await t.client.openVault(proof)),
      refused: UNAVAILABLE,
      lost: async ({ proof }) => accepted(await t.client.openVault(proof)),
      async done({ proof }) {
        const again = await t.client.openVault(proof);
        expect(again.refused).toMatchObject({ code: 'proof_consumed' });
      },
    },
    {
      flow: 'a cancel',
      text: SQL.cancel,
      prepare: ask,
      act: ({ id, ticket }) => refusal(t.otps.cancel(id, { ticket })),
      refused: { code: 'unavailable' },
      lost: ({ id, ticket }) => t.otps.cancel(id, { ticket }),
      async done({ id, ticket }) {
        expect(await refusal(t.otps.cancel(id, { ticket }))).toMatchObject({ code: 'canceled' });
      },
    },
    {
      flow: 'a revoke',
      text: SQL.revoke,
      prepare: verified,
      act: ({ id }) => refusal(t.otps.revoke(id)),
      refused: { code: 'unavailable' },
      lost: async ({ id }) => {
        expect(await t.otps.revoke(id)).toBe(true);
      },
      done: async ({ id }) => {
        expect(await t.otps.revoke(id)).toBe(false);
      },
    },
    {
      flow: 'a history',
      text: SQL.history,
      prepare: ask,
      act: ({ id }) => refusal(t.otps.history(id)),
      refused: { code: 'unavailable' },
      lost: history,
      done: history,
    },
    {
      flow: 'a sweep',
      text: SQL.sweep(500),
      prepare: ask,
      act: () =>
        t.app
          .get(Sweeper)
          .sweep()
          .then(
            () => [],
            () => ['failed'],
          ),
      refused: ['failed'],
      lost: later,
      done: later,
    },
  ])('in $flow', ({ text, prepare, act, refused: how, lost, done }) => {
    it.each(PASSAGES)(
      'before ANTS is asked is a refusal and sends nothing (%s)',
      async (passage) => {
        const otp = await prepare();
        const before = calls();
        void t.proxy.cutAt(passage, text);
        const answer = await act(otp);
        if (Array.isArray(how)) expect(answer).toEqual(how);
        else expect(answer).toMatchObject(how as object);
        expect(calls()).toBe(before);
        await intact();
        await (passage === 'statement' ? lost : done)(otp);
        await intact();
      },
    );
  });

  interface Settle {
    what: string;
    text: string;
    prepare: () => Promise<Otp>;
    /** With ANTS' answer set up. @returns what the user gets */
    act: (otp: Otp) => Promise<Answer<unknown>>;
    /** `null`: the normal success. */
    refused: string | null;
    events: string[];
    sms: number;
    then: (otp: Otp) => Promise<unknown>;
  }
  /** ANTS refuses the next call for a reason that is no fault of the user. */
  const refuses = (call: 'requestOTP' | 'resendOTP'): void => {
    t.simulator.next(call, { body: antsError('0301') });
  };
  const nothing = () => Promise.resolve();

  describe.each<Settle>([
    {
      what: 'sent',
      text: SQL.settleRequestSent,
      prepare: fresh,
      act: ({ mobile }) => t.client.request(mobile),
      refused: null,
      events: ['requested', 'sent'],
      sms: 1,
      then: nothing,
    },
    {
      what: 'sent nothing',
      text: SQL.settleRequestNotSent,
      prepare: fresh,
      act({ mobile }) {
        refuses('requestOTP');
        return t.client.request(mobile);
      },
      refused: 'send_failed',
      events: ['requested', 'send_failed'],
      sms: 0,
      then: asks, // the unit and the wait came back
    },
    {
      what: 'sent again',
      text: SQL.settleResendSent,
      prepare: resendable,
      act: ({ id, ticket }) => t.client.resend(id, ticket),
      refused: null,
      events: ['requested', 'sent', 'resend_requested', 'resent'],
      sms: 2,
      then: async ({ id, ticket, mobile }) =>
        accepted(await t.client.verify(id, t.simulator.codeFor(mobile), ticket)),
    },
    {
      what: 'not sent again',
      text: SQL.settleResendNotSent,
      prepare: resendable,
      act({ id, ticket }) {
        refuses('resendOTP');
        return t.client.resend(id, ticket);
      },
      refused: 'send_failed',
      events: ['requested', 'sent', 'resend_requested', 'resend_failed'],
      sms: 1,
      async then({ id, ticket }) {
        // The send came back once, not once a try.
        const { rows } = await t.database.query('SELECT sends, max_sends FROM otps WHERE id = $1', [
          id,
        ]);
        expect(rows).toEqual([{ sends: 2, max_sends: 5 }]);
        accepted(await t.client.resend(id, ticket));
      },
    },
    {
      what: 'called a code right',
      text: SQL.settleTry,
      prepare: ask,
      act: ({ id, code, ticket }) => t.client.verify(id, code, ticket),
      refused: null,
      events: ['requested', 'sent', 'verified'],
      sms: 1,
      then: nothing,
    },
    {
      what: 'called a code wrong',
      text: SQL.settleTry,
      prepare: ask,
      act: ({ id, code, ticket }) => t.client.verify(id, wrong(code), ticket),
      refused: 'wrong_code',
      events: ['requested', 'sent', 'wrong_code'],
      sms: 1,
      then: entersAfterAWrongOne,
    },
  ])('after ANTS has $what', ({ text, prepare, act, refused: code, events, sms, then }) => {
    it.each(everyOr(2, PASSAGES))('changes nothing for the user (%s)', async (passage) => {
      const otp = await prepare();
      const cut = t.proxy.cutAt(passage, text);
      const answer = await act(otp);
      await cut;
      expect(answer.refused?.code ?? null).toBe(code);
      const [row] = await t.otps.find({ mobile: otp.mobile });
      expect(await history({ id: row!.id })).toEqual(events);
      expect(t.simulator.messages(otp.mobile)).toHaveLength(sms);
      t.proxy.reset();
      await intact();
      await then(otp);
      await intact();
    });
  });

  async function entersAfterAWrongOne({ id, code, ticket }: Otp): Promise<void> {
    expect((await t.otps.status(id)).attemptsLeft).toBe(4);
    accepted(await t.client.verify(id, code, ticket));
  }

  it.each(everyOr(2, PASSAGES))(
    'three times in a row changes nothing for the user (%s)',
    async (passage) => {
      const otp = await ask();
      const cut = t.proxy.cutAt(passage, SQL.settleTry, 3);
      const answer = await t.client.verify(otp.id, otp.code, otp.ticket);
      expect(accepted(answer).repeated).toBe(false);
      await cut;
      await intact();
    },
  );

  it('and under the look whether it was done changes nothing for the user', async () => {
    const otp = await ask();
    void t.proxy.cutAt('answer', SQL.settleTry);
    void t.proxy.cutAt('statement', SQL.byId);
    const answer = await t.client.verify(otp.id, otp.code, otp.ticket);
    expect(accepted(answer).repeated).toBe(false);
  });
});

describe('a connection to Postgres that dies under the end of an event handler', () => {
  const { Handler, handled } = deliveredHandler();
  let t: Stage;
  beforeAll(async () => {
    t = await stage({ providers: [Handler] });
  });
  afterAll(() => t.close());
  const { ask, report, owesNothing } = actorsOf(() => t);

  it.each(everyOr(2, PASSAGES))('does not let it run again (%s)', async (passage) => {
    const otp = await ask();
    const cut = t.proxy.cutAt(passage, OUTBOX_SQL.done);
    expect(await report(otp)).toEqual([200]);
    await cut;
    await owesNothing();
    expect(handled.splice(0)).toEqual([otp.id]);
  });
});

describe('a Postgres that is away for a while', () => {
  let t: Stage;
  beforeAll(async () => {
    t = await stage();
  });
  afterEach(() => {
    t.proxy.reset();
  });
  afterAll(() => t.close());
  const { ask, verified, resendable, fresh, report, callsAtAnts, later, intact } = actorsOf(
    () => t,
  );
  const goes = (): void => {
    t.proxy.refuse();
    t.proxy.cut();
  };

  it('is a refusal of everything, at once, and all works when it is back', async () => {
    const [proven, open] = [await verified(), await ask()];
    const again = await resendable();
    const before = t.simulator.requests.length;
    const all = () =>
      Promise.all([
        t.client.request(nextMobile()),
        t.client.resend(again.id, again.ticket),
        t.client.verify(open.id, open.code, open.ticket),
        t.client.status(open.id, open.ticket),
        t.client.openVault(proven.proof),
      ]);
    goes();
    const asked = Date.now();
    for (const { refused } of await all()) expect(refused).toMatchObject(UNAVAILABLE);
    expect(await report(open)).toEqual([503]);
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(t.simulator.requests).toHaveLength(before);
    t.proxy.accept();
    for (const answer of await all()) accepted<unknown>(answer);
    expect(await report(open)).toEqual([200]);
    await intact();
  });

  it('for a second after ANTS has answered is not noticed by the user', async () => {
    const [sent, checked] = [await resendable(), await ask()];
    const { inFlight, release } = await callsAtAnts(nextMobile(), sent, checked);
    goes();
    release();
    await sleep(1_000);
    t.proxy.accept();
    for (const answer of await inFlight) accepted<unknown>(answer);
    await intact();
  });

  it('for longer than a settle waits leaves what a crash leaves', async () => {
    const [asked, sent, checked] = [await fresh(), await resendable(), await ask()];
    const { inFlight, release } = await callsAtAnts(asked.mobile, sent, checked);
    goes();
    release();
    for (const { refused } of await inFlight) expect(refused).toMatchObject(UNAVAILABLE);
    t.proxy.accept();
    await later();
    await intact();
    const [row] = await t.otps.find({ mobile: asked.mobile });
    expect(row!.status).toBe('send_unknown');
    expect(t.simulator.messages(asked.mobile)).toHaveLength(1);
    accepted(await t.client.verify(checked.id, checked.code, checked.ticket));
    await intact();
  });
});

describe('a Postgres that is stopped and started again', () => {
  const handler = deliveredHandler();
  let own: OwnPostgres;
  let t: Stage;
  beforeAll(async () => {
    own = await startOwnPostgres();
    t = await stage({ providers: [handler.Handler] }, databaseAt(own.url));
  });
  afterAll(async () => {
    await t.close();
    await own.drop();
  });
  const { ask, resendable, fresh, history, report, intact, owesNothing } = actorsOf(() => t);

  it.each(everyOr(2, [1, 2]))(
    'ends normally what is under way, and the next ones (%i)',
    async () => {
      const endHandler = handler.hold();
      const [resent, checked] = [await resendable(), await ask()];
      const [asked, handles, reported] = [await fresh(), await ask(), await ask()];
      const holds = (['requestOTP', 'resendOTP', 'verifyOTP'] as const).map((call) =>
        t.simulator.hold(call),
      );
      const asking = t.client.request(asked.mobile);
      const resending = t.client.resend(resent.id, resent.ticket);
      const checking = t.client.verify(checked.id, checked.code, checked.ticket);
      await Promise.all(holds.map(({ arrived }) => arrived));
      expect(await report(handles)).toEqual([200]);
      await until('the handler runs', () => handler.handled.includes(handles.id));

      await own.stop();
      const { refused } = await t.client.request(nextMobile());
      expect(refused).toMatchObject(UNAVAILABLE);
      expect(await report(reported)).toEqual([503]);
      for (const hold of holds) hold.release();
      endHandler();
      await own.start();

      const { id, ticket } = accepted(await asking);
      expect(t.simulator.messages(asked.mobile)).toHaveLength(1);
      accepted(await t.client.verify(id, t.simulator.codeFor(asked.mobile), ticket));
      accepted(await resending);
      expect(t.simulator.messages(resent.mobile)).toHaveLength(2);
      const newest = t.simulator.codeFor(resent.mobile);
      accepted(await t.client.verify(resent.id, newest, resent.ticket));
      expect(accepted(await checking).repeated).toBe(false);
      for (let posts = 0; posts < 2; posts++) {
        expect(await report(reported)).toEqual([200]);
        expect(await history(reported)).toEqual(['requested', 'sent', 'delivered']);
      }
      await owesNothing();
      // The end of the first one was written down when there was a database again.
      expect(handler.handled.splice(0)).toEqual([handles.id, reported.id]);
      await intact();
    },
  );
});

describe('a process whose connections are cut again and again', () => {
  afterAll(stopChildApps);

  it('lives on, loses no SMS and sends none twice', async () => {
    const simulator = recordedSimulator({ latencyMs: [0, 20], reports: 'manual' });
    await simulator.start();
    const database = await createMigratedDatabase();
    const proxy = await TcpProxy.before(database.appUrl);
    const child = await startChildApp({ databaseUrl: proxy.url, simulator });
    const client = new OtpClient(child.url);
    const t = await bootApp({ database, simulator });
    let over = false;
    const outcomes = new Set<string>();
    /** One user after the other; only refusals that tell to come back are taken. */
    const user = async (): Promise<void> => {
      while (!over) {
        const mobile = nextMobile();
        const asked = await client.request(mobile);
        outcomes.add(asked.refused?.code ?? 'asked');
        if (!asked.ok) continue;
        const { id, ticket } = asked.ok;
        const checked = await client.verify(id, simulator.codeFor(mobile), ticket);
        outcomes.add(checked.refused?.code ?? 'checked');
      }
    };
    try {
      const users = Promise.all(Array.from({ length: 10 }, user));
      const ends = users.catch(() => undefined);
      for (let cuts = 0; cuts < times(5, 1_000); cuts++) {
        const sms = simulator.inbox.length;
        await until('work goes on', () => simulator.inbox.length > sms + 5);
        proxy.cut();
      }
      over = true;
      await ends;
      expect(child.output).not.toContain('Unhandled');
      await users;
      const known = ['asked', 'checked', 'unavailable', 'busy'];
      expect([...outcomes].filter((code) => !known.includes(code))).toEqual([]);
      await database.age('16 s');
      await t.app.get(Sweeper).sweep();
      expect(await violations({ database, simulator })).toEqual([]);
    } finally {
      over = true;
      client.close();
      await stopChildApps();
      await t.close();
      await proxy.close();
      await simulator.stop();
      await database.drop();
    }
  });
});

describe('a pool of one connection', () => {
  let t: Stage;
  beforeAll(async () => {
    t = await stage({ poolSize: 1 });
  });
  afterAll(() => t.close());
  const { ask, verified, resendable, callsAtAnts, intact } = actorsOf(() => t);

  /** Takes the pool's one connection, as a transaction of the app's own does. */
  const occupy = async (): Promise<() => Promise<void>> => {
    const runner = t.app.get(DataSource).createQueryRunner();
    await runner.connect();
    return () => runner.release();
  };

  it('that somebody holds is a refusal, and a settle waits for it', async () => {
    const [proven, open, again] = [await verified(), await ask(), await resendable()];
    const late = await ask();
    const hold = t.simulator.hold('verifyOTP');
    const checking = t.client.verify(late.id, late.code, late.ticket);
    await hold.arrived;
    const free = await occupy();
    hold.release();
    const refusals = await Promise.all([
      t.client.request(nextMobile()),
      t.client.resend(again.id, again.ticket),
      t.client.verify(open.id, open.code, open.ticket),
      t.client.status(open.id, open.ticket),
      t.client.openVault(proven.proof),
    ]);
    for (const { refused } of refusals) expect(refused).toMatchObject(UNAVAILABLE);
    await free();
    expect(accepted(await checking).repeated).toBe(false);
    accepted(await t.client.verify(open.id, open.code, open.ticket));
    await intact();
  });

  it('serves everybody while ANTS hangs', async () => {
    const [sent, checked, other] = [await resendable(), await ask(), await ask()];
    const { inFlight, release } = await callsAtAnts(nextMobile(), sent, checked);
    const { id, ticket, code } = await ask();
    const { proof } = accepted(await t.client.verify(id, code, ticket));
    accepted(await t.client.openVault(proof));
    accepted(await t.client.verify(other.id, other.code, other.ticket));
    release();
    for (const answer of await inFlight) accepted<unknown>(answer);
    await intact();
  });
});
