import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForbiddenException, Injectable } from '@nestjs/common';
import type {
  CallHandler,
  CanActivate,
  ExecutionContext,
  INestApplication,
  NestInterceptor,
} from '@nestjs/common';
import { OtpControls, OtpSweeper } from 'nestjs-ants-otp';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import type { OtpConsoleOptions } from 'nestjs-ants-otp/console';
import { map } from 'rxjs';
import request from '../support/request.js';
import { OtpFigures } from '../../src/service/otp-figures.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Who works here, by a header. */
@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined> }>();
    if (headers['x-staff'] !== 'yes') throw new ForbiddenException('staff only');
    return true;
  }
}

/** As apps have it that answer everything as `{ data }`. */
class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

const setUp = (app: INestApplication): void => {
  app.setGlobalPrefix('api/v1');
  app.useGlobalInterceptors(new Wrapping());
};

describe.each(ADAPTERS)('the console on %s, behind a prefix', (adapter) => {
  const ants = recordedSimulator({ reports: 'manual' });
  const mobile = nextMobile();
  const odd = `<b>"o'clock"</b>`;
  let t: TestApp;
  let id: string;
  beforeAll(async () => {
    await ants.start();
    t = await bootApp({
      adapter,
      simulator: ants,
      extras: { routes: true },
      imports: [OtpConsoleModule.forRoot({ path: 'ops/otp', guards: [StaffGuard] })],
      setUp,
    });
    const otp = await t.otps.request({ mobile, subject: odd, callbackData: 'order-17' });
    id = otp.id;
    await expect(t.otps.verify(id, '0000', { ticket: otp.ticket })).rejects.toThrow();
    await ants.report(ants.messages(mobile).at(-1)!, { status: 'DELIVERED' });
    await t.otps.verify(id, ants.codeFor(mobile), { ticket: otp.ticket });
  });
  afterAll(async () => {
    await t.close();
    await ants.stop();
  });

  const ROOT = '/api/v1/ops/otp';
  const get = (path: string) =>
    request(t.app.getHttpServer() as never)
      .get(`${ROOT}${path}`)
      .set('x-staff', 'yes');
  const find = (q: string) =>
    request(t.app.getHttpServer() as never)
      .post(`${ROOT}/find`)
      .set('x-staff', 'yes')
      .type('form')
      .send({ q });

  it('is closed to whom the guard does not let pass, its files too', async () => {
    for (const path of ['', '/console.css', '/console.js', `/otps/${id}`])
      await request(t.app.getHttpServer() as never)
        .get(`${ROOT}${path}`)
        .expect(403);
    await request(t.app.getHttpServer() as never)
      .post(`${ROOT}/find`)
      .type('form')
      .send({ q: id })
      .expect(403);
  });

  it('answers pages and files under a strict policy, whatever wraps the answers of the app', async () => {
    for (const [path, type] of [
      ['', 'text/html'],
      [`/otps/${id}`, 'text/html'],
      ['/console.css', 'text/css'],
      ['/console.js', 'text/javascript'],
    ] as const) {
      const { headers, text } = await get(path).expect(200);
      expect(headers['content-security-policy']).toBe(POLICY);
      expect(headers['content-type']).toBe(`${type}; charset=utf-8`);
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toMatch(/\bstyle=|<style|\bon\w+=|<script>/);
    }
  });

  it('links to its own files wherever it stands', async () => {
    for (const path of ['', `/otps/${id}`]) {
      const { text } = await get(path).expect(200);
      const links = [...text.matchAll(/(?:href|src|action)="([^"]+)"/g)].map(
        ([, link]) => new URL(link!, `https://app.test${ROOT}${path}`),
      );
      const foreign = links.filter(
        ({ protocol, host }) => protocol !== 'data:' && host !== 'app.test',
      );
      expect(foreign).toEqual([]);
      const paths = links.map(({ pathname }) => pathname);
      for (const own of ['/console.css', '/console.js', '/find', ''])
        expect(paths).toContain(`${ROOT}${own}`);
    }
  });

  it.each([
    ['number', () => mobile],
    ['number as +66', () => `+66 ${mobile.slice(1)}`],
    ['id', () => id],
    ['id in capitals', () => id.toUpperCase()],
    ['reference code', async () => (await t.otps.status(id)).referenceCode!],
    ['otpId', async () => (await t.otps.status(id)).otpId!],
    ['messageId', async () => (await t.otps.status(id)).messageId!],
    ['callbackData', () => 'order-17'],
    ['subject', () => odd],
  ])('finds the OTP by its %s', async (_, text) => {
    const { headers } = await find(await text()).expect(303);
    expect(new URL(headers['location']!, `https://app.test${ROOT}/find`).pathname).toBe(
      `${ROOT}/otps/${id}`,
    );
  });

  it('lists several, newest first, and says when there is none', async () => {
    const { id: other } = await t.otps.request({ mobile: nextMobile(), callbackData: 'twice' });
    const { id: newer } = await t.otps.request({ mobile: nextMobile(), callbackData: 'twice' });
    const list = async (text: string): Promise<string> => {
      const { headers } = await find(text).expect(303);
      const { pathname, search } = new URL(headers['location']!, `https://app.test${ROOT}/find`);
      expect(pathname).toBe(`${ROOT}/find`);
      return (await get(`/find${search}`).expect(200)).text;
    };
    const text = await list('twice');
    const ids = [...text.matchAll(/otps\/([\w-]+)"/g)].map(([, found]) => found);
    expect(ids).toEqual([newer, other]);
    for (const nothing of ['nothing', ''])
      expect(await list(nothing)).toContain('No OTP is stored under this.');
    expect((await get('/find?otps=none').expect(200)).text).toContain('No OTP is stored');
    await get('/find').expect(303);
  });

  it('shows each send, report and code with the gap between, and no whole number', async () => {
    const { text } = await get(`/otps/${id}`).expect(200);
    const lines = [...text.matchAll(/<li class="(\w+)">/g)].map(([, lane]) => lane);
    expect(lines).toEqual(['send', 'send', 'attempt', 'report', 'attempt']);
    expect(text.match(/<circle class="\w+" cx/g)).toHaveLength(lines.length);
    expect(text.match(/class="gap">after \d+ s</g)).toHaveLength(lines.length - 1);
    expect(text).toContain((await t.otps.explain(id)).lines[2]!.en);
    expect(text).toContain((await t.otps.status(id)).mobileMask);
    expect(text).not.toContain(mobile.slice(1));
  });

  it('counts what became of what was requested, and says as of when', async () => {
    const { text } = await get('?hours=24').expect(200);
    expect(text).toContain('As of <time');
    expect(text).toMatch(/aria-current="true"\s*>24 h</);
    const { sum } = await t.app.get(OtpFigures).overview(86_400);
    const row = (name: string): number =>
      Number(new RegExp(`<th scope="row">${name}</th>\\s*<td>(\\d+)</td>`).exec(text)?.[1]);
    expect(row('Requested')).toBe(sum.requested);
    expect(sum.requested).toBeGreaterThan(2);
    expect([row('Delivered'), row('Verified')]).toEqual([1, 1]);
    expect(text).toContain('Nothing stands out.');
  });

  it('shows which limits were hit, by their names, once the sweep has written them down', async () => {
    const again = { mobile: nextMobile(), subject: 'one' };
    await t.otps.request(again);
    for (const subject of ['two', 'three'])
      await expect(t.otps.request({ ...again, subject })).rejects.toMatchObject({
        code: 'cooldown',
      });
    await t.app.get(OtpSweeper).figures();
    const { text } = await get('?hours=168').expect(200);
    expect(text).toMatch(/<th scope="row">cooldown<\/th>\s*<td>2<\/td>\s*<td>0<\/td>/);
  });

  it('shows what is stopped', async () => {
    await t.app.get(OtpControls).pauseSends('payout');
    const { text } = await get('').expect(200);
    expect(text).toContain('pause payout');
    await t.app.get(OtpControls).resumeSends('payout');
  });

  it('escapes what came from outside', async () => {
    const { text } = await get(`/otps/${id}`).expect(200);
    expect(text).not.toContain('<b>');
    expect(text).toContain('&lt;b&gt;&quot;o&#39;clock&quot;&lt;/b&gt;');
  });

  it('speaks the language of the browser, or the one that was chosen, and keeps to it', async () => {
    expect((await get('').set('accept-language', 'th')).text).toContain('<html lang="th">');
    const { text } = await get('?lang=en').set('accept-language', 'th');
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('/find?lang=en"');
    expect((await get(`/otps/${id}?lang=th`)).text).toContain(
      (await t.otps.explain(id)).summary.th,
    );
  });

  it('answers a refusal as a page in its language', async () => {
    const { text } = await get('/otps/none?lang=th').expect(404);
    expect(text).toMatch(/<p role="alert"[^>]*>[^<]*[ก-๙]/);
  });
});

describe('forRoot', () => {
  const none = undefined as unknown as typeof StaffGuard;
  it.each<[string, Partial<OtpConsoleOptions>]>([
    ['without guards', {}],
    ['with an empty list of guards', { guards: [] }],
    ['with a guard that an import in a circle left undefined', { guards: [StaffGuard, none] }],
    ['with a guard that is none', { guards: [Wrapping as unknown as typeof StaffGuard] }],
  ])('refuses to open the console %s', (_, options) => {
    expect(() =>
      OtpConsoleModule.forRoot({ path: 'ops/otp', ...options } as OtpConsoleOptions),
    ).toThrow(/option "console.guards" must be a list of at least one guard/);
  });

  it.each(['', '/', 'a b', 'ops/:id'])('refuses the path "%s"', (path) => {
    expect(() => OtpConsoleModule.forRoot({ path, guards: [StaffGuard] })).toThrow(
      /option "console.path" must be/,
    );
  });
});
