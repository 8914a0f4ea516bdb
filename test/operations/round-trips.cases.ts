import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { RecordReport } from '../../src/service/record-report.js';
import { isOtpException, OnOtpEvent } from 'nestjs-ants-otp';
import type { AnyOtpEvent } from 'nestjs-ants-otp';
import { openTelemetry } from 'nestjs-ants-otp/opentelemetry';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { countStatements } from '../support/statements.js';

describe('the database', () => {
  let t: TestApp;
  let statements: () => number;
  // A report by itself could race the settle of its send, lose, and be tried again.
  const simulator = recordedSimulator({ reports: 'manual' });

  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({ simulator });
    statements = countStatements(t.app);
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  /** Statements that `work` takes. */
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = statements();
    await work();
    return statements() - before;
  };
  const quietly = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      if (!isOtpException(error)) throw error;
    });
  };
  const ask = async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    return { ...otp, mobile };
  };

  it('is asked three times by a request: two before the SMS, one after', async () => {
    const hold = t.simulator.hold('requestOTP');
    const before = statements();
    const mobile = nextMobile();
    const asked = t.otps.request({ mobile });
    await hold.arrived;
    expect(statements() - before).toBe(2);
    hold.release();
    await asked;
    expect(statements() - before).toBe(3);
  });

  it('is asked no more by the one who waits when the app has handlers of events', async () => {
    const handled: string[] = [];
    @Injectable()
    class Handler {
      @OnOtpEvent('*')
      on({ type }: AnyOtpEvent) {
        handled.push(type);
      }
    }
    const other = await bootApp({ simulator, providers: [Handler] });
    try {
      const dispatcher = other.app.get(OtpEventDispatcher);
      await dispatcher.idle();
      const all = countStatements(other.app);
      const before = all();
      await other.otps.request({ mobile: nextMobile() });
      await dispatcher.idle();
      expect(handled).toEqual(['requested', 'sent']);
      // Beside the three of the request: one `done` for each event, and a claim for each nudge or end.
      const more = all() - before - 3;
      expect(more).toBeGreaterThanOrEqual(4);
      expect(more).toBeLessThanOrEqual(7);
    } finally {
      await other.close();
    }
  });

  it('is asked once by a request that is refused', async () => {
    const { mobile } = await ask();
    expect(await count(() => quietly(t.otps.request({ mobile })))).toBe(1);
  });

  it('is asked twice by a check, right or wrong', async () => {
    const { id, ticket, mobile } = await ask();
    const right = t.simulator.codeFor(mobile);
    const wrong = right === '000000' ? '111111' : '000000';
    expect(await count(() => quietly(t.otps.verify(id, wrong, { ticket })))).toBe(2);
    expect(await count(() => t.otps.verify(id, right, { ticket }))).toBe(2);
  });

  it('is asked twice by a resend', async () => {
    const { id, ticket } = await ask();
    await t.database.age('61 s');
    const hold = t.simulator.hold('resendOTP');
    const before = statements();
    const resent = t.otps.resend(id, { ticket });
    await hold.arrived;
    expect(statements() - before).toBe(1);
    hold.release();
    await resent;
    expect(statements() - before).toBe(2);
  });

  it('is asked twice by a delivery report, once by a copy of it', async () => {
    const { mobile } = await ask();
    const sms = t.simulator.lastSms(mobile)!;
    const report = () =>
      t.simulator.report(sms, {
        status: 'REJECTED',
        patch: (detail) => ({ ...detail, doneDate: detail.sendDate }),
      });
    expect(await count(report)).toBe(2);
    expect(await count(report)).toBe(1);
  });

  it('is asked no more for a delivery report that telemetry counts', async () => {
    const observed = await bootApp({ simulator, options: { telemetry: openTelemetry } });
    const asked = countStatements(observed.app);
    const mobile = nextMobile();
    await observed.otps.request({ mobile });
    const before = asked();
    await simulator.report(simulator.lastSms(mobile)!, { status: 'DELIVERED' });
    expect(asked() - before).toBe(2);
    await observed.close();
  });

  it('is not asked by a bad webhook token, ticket, code or number', async () => {
    const { id } = await ask();
    const reports = t.app.get(RecordReport);
    const asks = [
      () => Promise.resolve(reports.otpOf('x'.repeat(43))),
      () => quietly(t.otps.verify(id, '123456', { ticket: 'wrong' })),
      () => quietly(t.otps.verify(id, 'letters', { ticket: 'wrong' })),
      () => quietly(t.otps.resend(id, {})),
      () => quietly(t.otps.request({ mobile: '123' })),
    ];
    for (const work of asks) expect(await count(work)).toBe(0);
  });

  it('is asked once by a guard that uses the proof up, and not by its check', async () => {
    const { id, ticket, mobile } = await ask();
    const { proof } = await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
    const proofs = t.app.get(OtpProofs);
    expect(await count(() => Promise.resolve(proofs.check(proof, { purpose: 'default' })))).toBe(0);
    expect(await count(() => proofs.consume(id))).toBe(1);
  });
});

describe('a pool of one connection', () => {
  it.each(['requestOTP', 'verifyOTP', 'resendOTP'] as const)(
    'serves others while ANTS hangs in %s',
    async (call) => {
      const t = await bootApp({ poolSize: 1 });
      try {
        const mobile = nextMobile();
        const otp = await t.otps.request({ mobile });
        const code = t.simulator.codeFor(mobile);
        await t.database.age('61 s');
        const hold = t.simulator.hold(call);
        const hanging = {
          requestOTP: () => t.otps.request({ mobile: nextMobile() }),
          verifyOTP: () => t.otps.verify(otp.id, code, otp),
          resendOTP: () => t.otps.resend(otp.id, otp),
        }[call]();
        await hold.arrived;
        expect(await t.otps.status(otp.id)).toMatchObject({ status: 'pending' });
        hold.release();
        await hanging;
      } finally {
        await t.close();
      }
    },
  );
});
