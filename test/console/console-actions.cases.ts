import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForbiddenException, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OnOtpEvent, OtpActions, OtpControls, OtpModule, getOtpToken } from 'nestjs-ants-otp';
import type { OtpEventOf, OtpOptions, OtpService } from 'nestjs-ants-otp';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import type { OtpConsoleOptions } from 'nestjs-ants-otp/console';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { SendKeys } from '../../src/service/send-keys.js';
import { ControlStore } from '../../src/ports/control-store.js';
import { ADAPTERS, bootApp, nextMobile, SECRET } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { isPooled } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { until } from '../support/until.js';

type Headers = Record<string, string | undefined>;
const headersOf = (context: ExecutionContext): Headers =>
  context.switchToHttp().getRequest<{ headers: Headers }>().headers;

/** Lets pass whose roles, by a header, hold one. */
const role = (name: string): CanActivate => ({
  canActivate(context) {
    if (headersOf(context)['x-roles']?.split(' ').includes(name)) return true;
    throw new ForbiddenException(`${name} only`);
  },
});
const OPTIONS: OtpConsoleOptions = {
  path: 'ops/otp',
  guards: [role('read')],
  actGuards: [role('act')],
  unmaskGuards: [role('unmask')],
  actor: (sent: { headers: Headers }) => sent.headers['x-staff-id'],
};

@Injectable()
class Unmasked {
  readonly heard: OtpEventOf<'unmasked'>[] = [];

  @OnOtpEvent('unmasked')
  hear(event: OtpEventOf<'unmasked'>): void {
    this.heard.push(event);
  }
}

describe.each(ADAPTERS)('the actions of the console on %s', (adapter) => {
  const ants = recordedSimulator({ reports: 'manual' });
  let t: TestApp;
  beforeAll(async () => {
    await ants.start();
    t = await bootApp({
      adapter,
      simulator: ants,
      providers: [Unmasked],
      imports: [OtpConsoleModule.forRoot(OPTIONS)],
    });
  });
  afterAll(async () => {
    await t.close();
    await ants.stop();
  });

  const OWN_PAGE: Record<string, string> = { 'sec-fetch-site': 'same-origin' };
  const post = (
    path: string,
    { roles = 'read act unmask', staff = 'staff-7', from = OWN_PAGE } = {},
  ) =>
    request(t.app.getHttpServer() as never)
      .post(`/ops/otp/${path}`)
      .set({ 'x-roles': roles, 'x-staff-id': staff, ...from })
      .type('form');
  const page = async (path: string, roles = 'read'): Promise<string> => {
    const { text } = await request(t.app.getHttpServer() as never)
      .get(`/ops/otp${path}`)
      .set('x-roles', roles)
      .expect(200);
    return text;
  };
  const asked = async (mobile = nextMobile()) => {
    const { id, ticket } = await t.otps.request({ mobile });
    return { id, mobile, holder: { ticket } };
  };
  const about = async (id: string) =>
    (await t.app.get(OtpActions).about(id)).map(({ action, actor }) => [action, actor]);

  it('cancel an OTP, and say so on its page; sent twice, the second says that it has ended', async () => {
    const { id, holder } = await asked();
    const { headers } = await post(`otps/${id}/cancel`).expect(303);
    expect(new URL(headers['location']!, 'https://app.test/ops/otp/otps/x/cancel').href).toBe(
      `https://app.test/ops/otp/otps/${id}?done=cancel`,
    );
    expect(await page(`/otps/${id}?done=cancel`)).toContain('The OTP is canceled.');
    await expect(t.otps.verify(id, '1234', holder)).rejects.toMatchObject({ code: 'canceled' });
    await post(`otps/${id}/cancel`).expect(410);
    expect(await about(id)).toEqual([
      ['cancel', 'staff-7'],
      ['cancel', 'staff-7'],
    ]);
    const text = await page(`/otps/${id}`);
    expect(text).toMatch(/<strong>staff-7<\/strong>:\s+Cancel this OTP/);
    expect(text).not.toContain(`${id}/cancel`);
  });

  it('unlock a number', async () => {
    const { id, mobile, holder } = await asked();
    await expect(t.otps.verify(id, '0000', holder)).rejects.toMatchObject({ code: 'wrong_code' });
    await t.database.query(
      `UPDATE otp_limits AS l SET until = now() + interval '1 hour' FROM otps AS o
       WHERE o.id = $1 AND l.key = 'failures:default:default:' || encode(o.mobile_mac, 'hex')`,
      [id],
    );
    await expect(t.otps.verify(id, ants.codeFor(mobile), holder)).rejects.toMatchObject({
      code: 'locked',
    });
    await post(`otps/${id}/unlock`).expect(303);
    await t.otps.verify(id, ants.codeFor(mobile), holder);
    expect(await about(id)).toEqual([['unlock', 'staff-7']]);
  });

  it('unblock a range that the conversion guard has stopped', async () => {
    const key = t.app.get(SendKeys).guard('default', '08999', false);
    await t.app.get(ControlStore).stop(key, 600);
    expect(await page('')).toContain('Unblock 08999 (default)');
    const form = { range: '08999', purpose: 'default' };
    await post('unblock').send(form).expect(303);
    expect(await t.app.get(OtpControls).stops()).toEqual([]);
    expect(await page('?done=unblock')).toContain('The range is not stopped.');
    // Sent twice, the second finds nothing to do.
    await post('unblock').send(form).expect(303);
    const done = await t.app.get(OtpActions).newest();
    expect(done.filter(({ action }) => action === 'unblock')).toEqual([
      expect.objectContaining({ actor: 'staff-7', otpId: null, stopKey: key }),
    ]);
    await post('unblock').send({ range: 'all', purpose: 'default' }).expect(400);
    await post('unblock').send('range[toString]=x&purpose[toString]=x').expect(400);
    await post('unblock').expect(400);
  });

  it('erase a person once the last four digits were entered, and keep who did it', async () => {
    const mobile = nextMobile();
    const { id } = await asked(mobile);
    const refused = await post(`otps/${id}/erase`).send({ digits: '0000' }).expect(400);
    expect(refused.text).toContain('role="alert"');
    expect((await t.otps.status(id)).mobileMask).not.toBe('erased');
    const sure = { digits: mobile.slice(-4) };
    await post(`otps/${id}/erase`).send(sure).expect(303);
    await post(`otps/${id}/erase`).send(sure).expect(303);
    expect(await t.otps.find({ mobile })).toEqual([]);
    expect((await t.otps.history(id)).at(-1)!.type).toBe('erased');
    expect(await about(id)).toEqual([
      ['erase', 'staff-7'],
      ['erase', 'staff-7'],
    ]);
    expect(await page(`/otps/${id}`)).not.toContain('/erase');
  });

  it('show a whole number once, with an event of who saw it, which outlives the person', async () => {
    const { id, mobile } = await asked();
    const { headers, text } = await post(`otps/${id}/unmask`).expect(200);
    expect(text).toContain(`+66${mobile.slice(1)}`);
    expect(headers['cache-control']).toBe('no-store');
    const seen = { type: 'unmasked', data: { actor: 'staff-7' } };
    expect((await t.otps.history(id)).at(-1)).toMatchObject(seen);
    const { heard } = t.app.get(Unmasked);
    await until('the handler heard of it', () => heard.some(({ otpId }) => otpId === id));
    expect(heard.at(-1)!.data).toEqual({ actor: 'staff-7' });
    const shown = await page(`/otps/${id}`);
    expect(shown).toContain('The whole number was shown to &quot;staff-7&quot;.');
    expect(shown).not.toContain(mobile.slice(1));
    await t.otps.erase(mobile);
    expect((await t.otps.history(id)).filter(({ type }) => type === 'unmasked')).toMatchObject([
      seen,
    ]);
    expect((await post(`otps/${id}/unmask`)).text).toContain('The person was erased');
  });

  it.each([
    ['cancel', 'read unmask', 'act only'],
    ['unlock', 'read', 'act only'],
    ['erase', 'read unmask', 'act only'],
    ['unmask', 'read act', 'unmask only'],
    ['unmask', 'unmask', 'read only'],
  ])('let nobody %s as "%s"', async (action, roles, message) => {
    const { id } = await asked();
    const { body } = (await post(`otps/${id}/${action}`, { roles }).expect(403)) as {
      body: unknown;
    };
    expect(body).toMatchObject({ message });
    expect(await about(id)).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(65)])('do nothing for the actor %j', async (staff) => {
    const { id } = await asked();
    for (const action of ['cancel', 'unmask'])
      await post(`otps/${id}/${action}`, { staff }).expect(403);
    expect((await t.otps.status(id)).status).toBe('pending');
    expect(await about(id)).toEqual([]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another app of the domain', { 'sec-fetch-site': 'same-site' }, 403],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['no origin to tell', { origin: 'null' }, 403],
    ['nowhere that it says', {}, 403],
    ['a foreign page by the referrer alone', { referer: 'https://evil.example/' }, 403],
    ['the console', { 'sec-fetch-site': 'same-origin', origin: 'https://behind.proxy' }, 303],
    ['its own origin', { origin: 'https://ops.example', host: 'ops.example' }, 303],
  ])('come from the console alone: from %s', async (_, headers, status) => {
    const { id } = await asked();
    await post(`otps/${id}/cancel`, { from: headers }).expect(status);
    expect((await t.otps.status(id)).status).toBe(status === 303 ? 'canceled' : 'pending');
  });

  it('name no OTP that is not there', async () => {
    for (const action of ['cancel', 'unlock', 'erase', 'unmask'])
      await post(`otps/01a217a7-b873-7235-bf78-4a44c3e1cf0f/${action}`).expect(404);
  });

  it('lead whom the language link takes to the address of an action back to the OTP', async () => {
    for (const [path, back] of [
      ['otps/some-id/unmask', '/ops/otp/otps/some-id?lang=th'],
      ['unblock', '/ops/otp?lang=th'],
    ] as const) {
      const { headers } = await request(t.app.getHttpServer() as never)
        .get(`/ops/otp/${path}?lang=th`)
        .set('x-roles', 'read')
        .expect(303);
      const led = new URL(headers['location']!, `https://app.test/ops/otp/${path}`);
      expect(led.pathname + led.search).toBe(back);
    }
  });
});

const optionsOf = ({ settings, url }: AntsSimulator): OtpOptions => ({
  ...{ username: settings.username, password: settings.password, otcId: settings.otcIds[0]! },
  ...{ baseUrl: url, allowInsecure: true, secret: SECRET, sweepEvery: false },
  preparedStatements: !isPooled(),
});

describe('two consoles over two modules', () => {
  it('show and change only what is of their own module', async () => {
    const ants = recordedSimulator({ reports: 'manual' });
    await ants.start();
    const t = await bootApp({
      simulator: ants,
      imports: [
        OtpModule.forRoot({ ...optionsOf(ants), name: 'staff' }),
        OtpConsoleModule.forRoot(OPTIONS),
        OtpConsoleModule.forRoot({ ...OPTIONS, path: 'ops/staff', name: 'staff' }),
      ],
    });
    try {
      const staff = t.app.get<OtpService>(getOtpToken('staff'));
      const { id } = await staff.request({ mobile: nextMobile() });
      const send = (console: string, action: string) =>
        request(t.app.getHttpServer() as never)
          .post(`/ops/${console}/otps/${id}/${action}`)
          .set({ 'x-roles': 'read act unmask', 'x-staff-id': 'staff-7' })
          .set('Sec-Fetch-Site', 'same-origin');
      await send('otp', 'unmask').expect(404);
      await send('otp', 'cancel').expect(404);
      await send('staff', 'unmask').expect(200);
      await send('staff', 'cancel').expect(303);
      expect((await staff.status(id)).status).toBe('canceled');
      expect(await t.app.get(OtpActions).newest()).toEqual([]);
      const own = t.app.get<OtpActions>(getOtpToken('staff', OtpActions));
      expect((await own.newest()).map(({ action }) => action)).toEqual(['cancel', 'unmask']);
    } finally {
      await t.close();
      await ants.stop();
    }
  });
});

describe('forRoot', () => {
  const open = (options: Partial<OtpConsoleOptions>) => () =>
    OtpConsoleModule.forRoot({ path: 'ops/otp', guards: [role('read')], ...options });

  it.each([
    ['actGuards', { actGuards: [], actor: (): string => 'x' }],
    ['unmaskGuards', { unmaskGuards: [KeyRing as never], actor: (): string => 'x' }],
    ['actor', { actGuards: [role('act')] }],
    ['actor', { unmaskGuards: [role('unmask')], actor: 'x' as never }],
  ])('names the option %s that would let anybody act, or nobody be known', (name, options) => {
    expect(open(options)).toThrow(`option "console.${name}" must be a`);
  });

  it('has no route and no button for what nobody may do', async () => {
    const t = await bootApp({
      imports: [OtpConsoleModule.forRoot({ path: 'ops/otp', guards: [role('read')] })],
    });
    try {
      const { id } = await t.otps.request({ mobile: nextMobile() });
      const server = t.app.getHttpServer() as never;
      for (const action of ['cancel', 'unlock', 'erase', 'unmask'])
        await request(server)
          .post(`/ops/otp/otps/${id}/${action}`)
          .set('x-roles', 'read act unmask')
          .expect(404);
      const { text } = await request(server).get(`/ops/otp/otps/${id}`).set('x-roles', 'read');
      expect(text).not.toContain('<details');
    } finally {
      await t.close();
    }
  });
});
