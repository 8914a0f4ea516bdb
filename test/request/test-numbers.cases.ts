import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OtpControls } from 'nestjs-ants-otp';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { Heard } from '../support/heard.js';
import { outcomes } from '../support/outcomes.js';

describe('a test number', () => {
  const review = nextMobile();
  const over = nextMobile();
  const code = '424242';
  let screened = 0;
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({
      providers: [Heard],
      options: {
        testNumbers: [
          { mobile: `+66 ${review.slice(1)}`, code, validUntil: '2999-12-31' },
          { mobile: over, code, validUntil: new Date(0) },
        ],
        sendLimit: { perHour: 1 },
        beforeSend: () => {
          screened += 1;
          return 'deny';
        },
      },
    });
  });
  afterAll(() => t.close());

  it('gets no SMS, and its own code is right', async () => {
    const { id, ticket, referenceCode } = await t.otps.request({ mobile: review });
    expect(referenceCode).toBe('TEST');
    const done = await t.otps.verify(id, code, { ticket });
    expect(done).toMatchObject({ mobile: `+66${review.slice(1)}`, repeated: false });
    expect(t.simulator.requests).toEqual([]);
    expect(screened).toBe(0);
  });

  it('waits for nothing and counts on no limit', async () => {
    const { id, ticket } = await t.otps.request({ mobile: review });
    for (let n = 0; n < 3; n++) await t.otps.resend(id, { ticket });
    for (let n = 0; n < 7; n++) await t.otps.request({ mobile: review, ip: '203.0.113.9' });
    const { rows } = await t.database.query(
      `SELECT key FROM otp_limits WHERE key NOT LIKE 'cooldown:%' AND key NOT LIKE 'failures:%'`,
    );
    expect(rows).toEqual([]);
  });

  it('is stopped like any other by a block and by a pause, also of a resend', async () => {
    const controls = t.app.get(OtpControls);
    const { id, ticket } = await t.otps.request({ mobile: review });
    const refusals = async () =>
      (await outcomes([t.otps.request({ mobile: review }), t.otps.resend(id, { ticket })])).refused;
    await controls.block(review);
    expect(await refusals()).toEqual(['number_rejected', 'number_rejected']);
    await controls.unblock({ mobile: review });
    await controls.pauseSends();
    expect(await refusals()).toEqual(['unavailable', 'unavailable']);
    await controls.resumeSends();
    await t.otps.resend(id, { ticket });
  });

  it('counts wrong codes, and is locked by them', async () => {
    const codes: string[] = [];
    for (let n = 0; n < 3; n++) {
      const asked = await outcomes([t.otps.request({ mobile: review })]);
      codes.push(...asked.refused);
      for (const { id, ticket } of asked.done)
        for (let k = 0; k < 5; k++) {
          const wrong = t.otps.verify(id, `10000${k}`, { ticket });
          codes.push(...(await outcomes([wrong])).refused);
        }
    }
    expect(codes.filter((refused) => refused === 'wrong_code')).toHaveLength(8);
    expect(codes.at(-1)).toBe('locked');
  });

  it('is seen as one by the server, in its events and its explanation', async () => {
    const [otp] = await t.otps.find({ mobile: review });
    expect(otp).toMatchObject({ channel: 'test' });
    const { summary } = await t.otps.explain(otp!.id);
    expect(summary.en).toContain('number for tests');
    await t.app.get(OtpEventDispatcher).idle();
    const { events } = t.app.get(Heard);
    expect(new Set(events.map(({ channel }) => channel))).toEqual(new Set(['test']));
    expect(JSON.stringify(events)).not.toContain(code);
  });

  it('is a number like any other when its time is over', async () => {
    await expect(t.otps.request({ mobile: over })).rejects.toMatchObject({ code: 'send_denied' });
    expect(screened).toBe(1);
  });
});
