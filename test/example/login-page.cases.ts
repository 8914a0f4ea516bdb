import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import request from '../support/request.js';
import { PhoneService } from '../../example/phone/phone.service.js';
import { ADAPTERS, nextMobile } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { useExample } from '../support/example-app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

type Browser = ReturnType<typeof request.agent>;

const start = useExample();

/** The login page as a browser without JavaScript uses it; `npm run test:browser` has a real one. */
describe.each(ADAPTERS)('the login page on %s', (adapter) => {
  const simulator = recordedSimulator();
  let app: INestApplication;
  let url: string;
  let database: TestDatabase;

  beforeAll(async () => {
    ({ app, url, database } = await start(adapter, simulator));
    app.get(PhoneService, { strict: false }).connect(simulator);
  });
  afterAll(async () => {
    await app.close();
    await simulator.stop();
  });

  const open = (): Browser => request.agent(url);

  /** The number's form as the page gave it. */
  async function numberForm(browser: Browser, mobile: string): Promise<Record<string, string>> {
    const { text } = await browser.get('/').expect(200);
    const [, key = ''] = /name="key" value="([^"]+)"/.exec(text) ?? [];
    return { mobile, key };
  }

  const send = (browser: Browser, path: string, form: object = {}): request.Test =>
    browser.post(path).set('Origin', url).type('form').send(form).redirects(0);

  async function ask(browser: Browser, mobile = nextMobile()): Promise<string> {
    const form = await numberForm(browser, mobile);
    await send(browser, '/', form).expect(303).expect('Location', '/code');
    return mobile;
  }

  it('leads from a number over a code to a protected page, and out again', async () => {
    const browser = open();
    await browser.get('/account').redirects(0).expect(303).expect('Location', '/');
    const mobile = await ask(browser);

    const { text } = await browser.get('/code').expect(200);
    expect(text).toContain(`>${simulator.lastSms(mobile)!.referenceCode}</b>`);
    expect(text).toMatch(/inputmode="numeric" autocomplete="one-time-code"/);
    const code = simulator.codeFor(mobile);
    await send(browser, '/code', { code }).expect(303).expect('Location', '/account');

    const account = await browser.get('/account').expect(200);
    expect(account.text).toContain(mobile.replace(/^(...)(...)/, '$1-$2-'));
    await browser.get('/').redirects(0).expect(303).expect('Location', '/account');
    await send(browser, '/account/sign-out').expect(303).expect('Location', '/');
    await browser.get('/account').redirects(0).expect(303).expect('Location', '/');
  });

  it('keeps the ticket in a cookie that no script can read', async () => {
    const browser = open();
    const form = await numberForm(browser, nextMobile());
    const answer = await send(browser, '/', form).expect(303);
    expect(answer.get('Set-Cookie')).toEqual([
      expect.stringMatching(/^otp=\S+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    const [, ticket = ''] = decodeURIComponent(answer.get('Set-Cookie')![0]!).split(' ');
    expect(ticket).toHaveLength(22);
    expect((await browser.get('/code')).text).not.toContain(ticket);
    expect((await browser.get('/code/state')).text).not.toContain(ticket);
  });

  it('says once what was refused, and sends nothing again on a reload', async () => {
    const browser = open();
    await ask(browser);
    await send(browser, '/code', { code: '0000' }).expect(303).expect('Location', '/code');
    const calls = simulator.count('verifyOTP');

    const refused = await browser.get('/code').set('Accept-Language', 'en');
    const reloaded = await browser.get('/code').set('Accept-Language', 'en');

    expect(refused.text).toContain('The code is wrong. You can try 4 more times.');
    expect(reloaded.text).not.toContain('The code is wrong');
    expect(reloaded.text).toContain('4 tries left');
    expect(simulator.count('verifyOTP')).toBe(calls);
  });

  it('sends one SMS for one form, however often it is sent', async () => {
    const browser = open();
    const mobile = nextMobile();
    const form = await numberForm(browser, mobile);
    const answers = await Promise.all(['', '', ''].map(() => send(browser, '/', form)));
    expect(answers.map(({ headers }) => headers['location'] as string)).toEqual(
      Array(3).fill('/code'),
    );
    expect(simulator.messages(mobile)).toHaveLength(1);
  });

  it('keeps a number that was refused in its form', async () => {
    const browser = open();
    const form = await numberForm(browser, '02-123-4567');
    await send(browser, '/', form).expect(303).expect('Location', '/');
    const { text } = await browser.get('/').set('Accept-Language', 'en');
    expect(text).toContain('This is not a Thai mobile number.');
    expect(text).toContain('value="02-123-4567"');
  });

  it('leads who asks again too soon back to the code that is out', async () => {
    const browser = open();
    const mobile = await ask(browser);
    const again = await numberForm(browser, mobile);
    await send(browser, '/', again).expect(303).expect('Location', '/code');
    const stranger = open();
    const other = await numberForm(stranger, mobile);
    await send(stranger, '/', other).expect(303).expect('Location', '/');
    expect(simulator.messages(mobile)).toHaveLength(1);
  });

  it('signs in once when the right code is sent again and again', async () => {
    const browser = open();
    const mobile = nextMobile();
    const asked = await send(browser, '/', await numberForm(browser, mobile)).expect(303);
    const [cookie = ''] = asked.get('Set-Cookie')!;
    const code = simulator.codeFor(mobile);
    const enter = (): request.Test => send(open(), '/code', { code }).set('Cookie', cookie);

    const answers = await Promise.all(Array.from({ length: 8 }, enter));
    await database.age('5 s');
    const replay = await enter();

    const all = [...answers, replay];
    expect(all.map(({ headers }) => headers['location'] as string)).toEqual(
      Array(9).fill('/account'),
    );
    const sessions = all.flatMap((answer) =>
      (answer.get('Set-Cookie') ?? []).filter((sent) => sent.startsWith('sid=')),
    );
    expect(sessions).toHaveLength(9);
    expect(new Set(sessions).size).toBe(1);
  });

  it('sends another SMS after the cool-down, and says how long that is', async () => {
    const browser = open();
    const mobile = await ask(browser);
    await send(browser, '/code/resend').expect(303).expect('Location', '/code');
    const early = await browser.get('/code').set('Accept-Language', 'en');
    expect(early.text).toMatch(/You can ask for another in \d+ s/);

    await database.age('61 s');
    await send(browser, '/code/resend').expect(303).expect('Location', '/code');

    expect(simulator.messages(mobile)).toHaveLength(2);
    const { text } = await browser.get('/code');
    expect(text).toContain(`>${simulator.lastSms(mobile)!.referenceCode}</b>`);
  });

  it('tells a state that ended from one that has not', async () => {
    const browser = open();
    await ask(browser);
    expect((await browser.get('/code/state').expect(200)).body).toMatchObject({
      open: true,
      resends: true,
    });
    await database.age('301 s');
    expect((await browser.get('/code/state').expect(200)).body).toMatchObject({ open: false });
    expect((await browser.get('/code').set('Accept-Language', 'en')).text).toContain(
      'The code has expired.',
    );
  });

  it('shows the phone the SMS of its own OTP only', async () => {
    const [ann, bob] = [open(), open()];
    const anns = simulator.lastSms(await ask(ann))!;
    const bobs = simulator.lastSms(await ask(bob))!;
    await simulator.reportsSettled();

    expect((await ann.get('/code')).text).toContain(`data-copy="${anns.code}"`);
    expect((await ann.get('/code')).text).not.toContain(bobs.code);
    await open().get('/code/state').expect(404);
  });

  it('is strict about what a page may load', async () => {
    const browser = open();
    const page = await browser.get('/');
    const script = await browser.get('/login.js').expect('Content-Type', /^text\/javascript/);
    const style = await browser.get('/login.css').expect('Content-Type', /^text\/css/);
    expect(page.get('Content-Security-Policy')).toMatch(/^default-src 'none';/);
    expect(page.get('Cache-Control')).toBe('no-store');
    for (const { text } of [page, script, style]) expect(text).not.toMatch(/https?:|["'`(]\/\//);
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another app of the domain', { 'Sec-Fetch-Site': 'same-site' }],
    ['another site, in a browser that says only the origin', { Origin: 'https://evil.test' }],
    ['a page that hides its origin', { Origin: 'null' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['another site, by the referrer alone', { Referer: 'https://evil.test/' }],
    ['nobody', {}],
  ])('takes no form of %s: no SMS, no session, and none ended', async (_, from) => {
    const browser = open();
    const code = simulator.codeFor(await ask(browser));
    const form = await numberForm(browser, nextMobile());
    const calls = simulator.requests.length;
    const foreign = (path: string, fields: object): request.Test =>
      browser.post(path).set(from).type('form').send(fields).redirects(0);

    for (const [path, fields] of [
      ['/', form],
      ['/code', { code }],
      ['/code/resend', {}],
    ] as const) {
      const answer = await foreign(path, fields).expect(403);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    }
    expect(simulator.requests).toHaveLength(calls);

    await send(browser, '/code', { code }).expect('Location', '/account');
    await foreign('/account/sign-out', {}).expect(403);
    await browser.get('/account').expect(200);
  });

  it('writes what was typed as text, never as markup', async () => {
    const browser = open();
    const hostile = `otp=${encodeURIComponent('an-id a-ticket "><script>alert(1)</script>')}`;
    const { text } = await browser.get('/').set('Cookie', hostile).expect(200);
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  });

  it.each([
    'otp=%',
    'otp=nonsense',
    'refused=constructor',
    'refused=wrong_code%20x%20y',
    'lang=fr',
  ])('is not impressed by the cookie %s', async (cookie) => {
    await open().get('/').set('Cookie', cookie).expect(200);
  });

  it('speaks the language of the browser until another is chosen', async () => {
    const browser = open();
    const thai = await browser.get('/').set('Accept-Language', 'th-TH,th;q=0.9,en;q=0.8');
    expect(thai.text).toContain('<html lang="th">');
    await browser.get('/?lang=en').expect(200);
    const chosen = await browser.get('/').set('Accept-Language', 'th');
    expect(chosen.text).toContain('<html lang="en">');
  });
});
