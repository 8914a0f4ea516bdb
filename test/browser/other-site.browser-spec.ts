import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page, Response } from 'playwright-core';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { startChromium } from './chromium.js';
import { dropSites, startSite } from './login-site.js';
import type { LoginSite } from './login-site.js';
import { FORM_TYPES, startOtherSite } from './other-site.js';
import type { ForeignForm, OtherSite } from './other-site.js';

let browser: Browser;
let other: OtherSite;
beforeAll(async () => {
  browser = await startChromium(['--host-resolver-rules=MAP *.test 127.0.0.1']);
  other = await startOtherSite();
});
afterAll(async () => {
  await browser.close();
  await other.close();
  await dropSites();
});

/**
 * Where the app is and where the attacker: over plain HTTP a browser sends `Sec-Fetch-Site` to the machine itself
 * only, so that elsewhere the `Origin` must do. The same host with another port is the same site.
 */
const PLACES: [name: string, app: string, attacker: string, fetchSite: string | undefined][] = [
  ['another site', 'localhost', 'evil.test', 'cross-site'],
  ['another port of the host', 'localhost', 'localhost', 'same-site'],
  ['another site, without Sec-Fetch-Site', 'shop.test', 'evil.test', undefined],
  ['another app of the domain, without Sec-Fetch-Site', 'shop.test', 'blog.shop.test', undefined],
];
const POLICIES = ['unsafe-url', 'no-referrer'];

describe.each(ADAPTERS)('a page of another site, against an app on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let login: LoginSite;
  let ready: TestApp;
  let page: Page;

  beforeAll(async () => {
    login = await startSite(adapter, simulator);
    ready = await bootApp({ adapter, simulator, extras: { routes: true } });
  });
  afterAll(async () => {
    await ready.close();
    await login.close();
  });
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage();
  });
  afterEach(() => page.context().close());

  const at = (url: string, host: string): string => url.replace('127.0.0.1', host);

  /** Lets the attacker's page send a form from this browser; what the app answered. */
  async function sendFrom(attacker: string, form: ForeignForm): Promise<Response> {
    const answered = page.waitForResponse(
      (response) => response.url() === form.action && response.request().method() === 'POST',
    );
    await page.goto(`http://${attacker}:${other.port}${other.pathOf(form)}`, {
      waitUntil: 'commit',
    });
    const response = await answered;
    await page.waitForURL(form.action);
    return response;
  }

  /** The same form by each type and policy: each is refused, and leaves nothing in the browser. */
  async function refused(
    [host, attacker, fetchSite]: [string, string, string | undefined],
    path: string,
    fields: Record<string, string>,
    status: number,
  ): Promise<void> {
    for (const enctype of FORM_TYPES)
      for (const policy of POLICIES) {
        const response = await sendFrom(attacker, { action: path, enctype, fields, policy });
        const sent = await response.request().allHeaders();
        expect(sent['sec-fetch-site']).toBe(fetchSite);
        expect(sent['origin']).toBe(
          policy === 'no-referrer' ? 'null' : `http://${attacker}:${other.port}`,
        );
        expect(sent['content-type']).toMatch(enctype);
        expect([path, enctype, response.status()]).toEqual([path, enctype, status]);
        expect(await page.context().cookies(`http://${host}`)).toEqual([]);
      }
  }

  it.each(PLACES)('%s: no SMS by the ready routes', async (_, host, attacker, fetchSite) => {
    const { id, ticket } = await ready.otps.request({ mobile: nextMobile() });
    const calls = simulator.requests.length;
    const routes: [string, Record<string, string>][] = [
      ['/otp', { mobile: nextMobile() }],
      [`/otp/${id}/resend`, { ticket }],
      [`/otp/${id}/verify`, { ticket, code: '000000' }],
    ];
    for (const [path, fields] of routes)
      await refused([host, attacker, fetchSite], at(ready.url, host) + path, fields, 415);
    expect(simulator.requests).toHaveLength(calls);
    expect(await ready.otps.status(id)).toMatchObject({ attemptsLeft: 5, sends: 1 });
  });

  it.each(PLACES)('%s: no SMS and no session by JSON', async (_, host, attacker, fetchSite) => {
    // The attacker's own number and code: the visitor would be signed in as the attacker.
    const mobile = nextMobile();
    const { id, ticket } = await login.otps.request({ mobile, purpose: 'login' });
    const code = simulator.codeFor(mobile);
    const calls = simulator.requests.length;
    const routes: [string, Record<string, string>][] = [
      ['/login/otp', { mobile: nextMobile() }],
      [`/login/otp/${id}/resend`, { ticket }],
      ['/login', { id, ticket, code }],
    ];
    for (const [path, fields] of routes)
      await refused([host, attacker, fetchSite], at(login.url, host) + path, fields, 415);
    expect(simulator.requests).toHaveLength(calls);
  });

  it.each(PLACES)('%s: nothing by the forms of the pages', async (_, host, attacker, fetchSite) => {
    const calls = simulator.requests.length;
    const forms: [string, Record<string, string>][] = [
      ['/', { mobile: nextMobile(), key: 'a-key-of-the-attacker' }],
      ['/code', { code: '123456' }],
      ['/code/resend', {}],
      ['/account/sign-out', {}],
    ];
    // Fastify has no parser for a form with a file: it answers 415 before any guard.
    for (const [path, fields] of forms) {
      const types = FORM_TYPES.filter((type) => adapter === 'express' || !type.startsWith('multi'));
      for (const enctype of types)
        for (const policy of POLICIES) {
          const action = at(login.url, host) + path;
          const response = await sendFrom(attacker, { action, enctype, fields, policy });
          expect((await response.request().allHeaders())['sec-fetch-site']).toBe(fetchSite);
          expect([path, enctype, response.status()]).toEqual([path, enctype, 403]);
          expect(await page.context().cookies(action)).toEqual([]);
        }
    }
    expect(simulator.requests).toHaveLength(calls);
  });

  it.each(['localhost', 'shop.test'])('its own forms work at %s', async (host) => {
    const mobile = nextMobile();
    await page.goto(at(login.url, host));
    await page.fill('#mobile', mobile);
    await page.click('main button');
    await page.waitForSelector('#code');
    await page.fill('#code', simulator.codeFor(mobile));
    await page.click('#enter button');
    await page.waitForURL('**/account');
    // A visitor who is signed in stays so.
    const action = `${at(login.url, host)}/account/sign-out`;
    const form = { action, enctype: FORM_TYPES[0]!, fields: {}, policy: 'unsafe-url' };
    expect((await sendFrom('evil.test', form)).status()).toBe(403);
    await page.goto(at(login.url, host));
    expect(new URL(page.url()).pathname).toBe('/account');
  });

  it('a script can send JSON only after a preflight, which no route allows', async () => {
    const calls = simulator.requests.length;
    await page.goto(`http://evil.test:${other.port}/`);
    for (const action of [`${ready.url}/otp`, `${login.url}/login/otp`])
      for (const type of ['application/json', 'text/plain']) {
        const body = JSON.stringify({ mobile: nextMobile() });
        const sent = { action: at(action, 'localhost'), type, body };
        const outcome = await page.evaluate(
          `(async ({ action, type, body }) => {
            const headers = { 'content-type': type };
            const asked = { method: 'POST', mode: 'cors', credentials: 'include', headers, body };
            const cors = await fetch(action, asked).then(() => 'answered', () => 'refused');
            await fetch(action, { ...asked, mode: 'no-cors' }).catch(() => undefined);
            navigator.sendBeacon(action, new Blob([body], { type }));
            return cors;
          })(${JSON.stringify(sent)})`,
        );
        expect(outcome).toBe('refused');
      }
    await page.waitForLoadState('networkidle');
    expect(simulator.requests).toHaveLength(calls);
  });
});
