import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AntsHold } from 'nestjs-ants-otp/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ADAPTERS, nextMobile } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { until } from '../support/until.js';
import { startChromium } from './chromium.js';
import { dropSites, startSite } from './login-site.js';
import type { LoginSite } from './login-site.js';
import { openBrowser } from './visitor.js';
import type { Visitor } from './visitor.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  await dropSites();
});

const THAI = '๐๑๒๓๔๕๖๗๘๙';
const inThai = (digits: string): string => digits.replace(/\d/g, (digit) => THAI[Number(digit)]!);

describe.each(ADAPTERS)('the login page in a browser, on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let site: LoginSite;
  let visitor: Visitor | undefined;
  let mobile: string;

  beforeAll(async () => {
    site = await startSite(adapter, simulator);
  });
  afterAll(() => site.close());
  beforeEach(() => {
    mobile = nextMobile();
  });
  afterEach(async () => {
    await visitor?.leave();
    // No test makes the browser complain: of the policy, of a script, of a request.
    expect(visitor?.complaints).toEqual([]);
  });

  /** The page of the number, in a browser of its own. */
  async function arrive(options?: BrowserContextOptions): Promise<Page> {
    visitor = await openBrowser(browser, options);
    await visitor.page.goto(site.url);
    return visitor.page;
  }

  /** On to the page of the code. */
  async function ask(page: Page): Promise<void> {
    await page.fill('#mobile', mobile);
    await page.click('main button');
    await page.waitForSelector('#code');
  }

  async function enter(page: Page, code: string): Promise<void> {
    await page.fill('#code', code);
    await page.click('#enter button');
  }

  const code = (): string => simulator.codeFor(mobile);
  const wrong = (): string => code().replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));
  const report = (status: 'DELIVERED' | 'UNDELIVERED'): Promise<number[]> =>
    simulator.report(simulator.lastSms(mobile)!, { status });
  const tone = (page: Page, name: string) => page.waitForSelector(`#news[data-tone=${name}]`);
  const signedIn = (page: Page): Promise<void> => page.waitForURL('**/account');

  it('leads from a number over the phone beside it to the protected page, and out', async () => {
    const page = await arrive({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByLabel('Mobile number').fill(mobile);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByLabel('Code from the SMS').waitFor();
    await report('DELIVERED');
    await page.click('.copy');
    await page.waitForSelector('.copy:has-text("Copied")');
    await page.waitForSelector('#code:focus');
    await page.keyboard.press('Control+V');
    expect(await page.inputValue('#code')).toBe(code());
    await page.keyboard.press('Enter');
    await signedIn(page);

    expect(await page.textContent('dd')).toBe(mobile.replace(/^(...)(...)/, '$1-$2-'));
    await page.click('main button');
    await page.waitForSelector('#mobile');
    await page.goto(`${site.url}/account`);
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('works without JavaScript', async () => {
    const page = await arrive({ javaScriptEnabled: false });
    await ask(page);
    await enter(page, wrong());
    await page.waitForSelector('#refusal');
    await site.database.age('61 s');
    await page.click('#resend');
    await page.waitForLoadState();
    expect(await page.textContent('#ref')).toBe(simulator.lastSms(mobile)!.referenceCode);
    await report('DELIVERED');
    await page.click('text=Show new messages');
    expect(await page.textContent('.bubble >> nth=-1')).toContain(code());
    await enter(page, code());
    await signedIn(page);
  });

  it('works by the keyboard alone', async () => {
    const page = await arrive();
    await page.keyboard.type(mobile);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#code');
    await site.database.age('61 s');
    await page.waitForSelector('#resend:enabled');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('another SMS was sent', () => simulator.messages(mobile).length === 2);
    await page.waitForSelector(`text=${simulator.lastSms(mobile)!.referenceCode}`);
    await page.keyboard.type(code());
    await page.keyboard.press('Enter');
    await signedIn(page);
  });

  it('tells of the delivery report while the page is open', async () => {
    const page = await arrive();
    await ask(page);
    await page.fill('#code', '12');
    expect(await page.textContent('#news')).toBe('The SMS is on its way …');
    expect(await page.locator('.bubble').count()).toBe(0);

    await report('DELIVERED');
    await tone(page, 'good');

    expect(await page.textContent('#news')).toBe('SMS delivered. Check your messages.');
    expect(await page.textContent('.bubble')).toContain(code());
    expect(await page.inputValue('#code')).toBe('12');
  });

  it('offers another SMS soon when one could not be delivered', async () => {
    const page = await arrive();
    await ask(page);
    expect(await page.textContent('#resend')).toMatch(/^Send again in (?:1:00|0:5\d)$/);

    await report('UNDELIVERED');
    await tone(page, 'bad');
    expect(await page.textContent('#news')).toContain('could not be delivered');
    expect(await page.textContent('.none')).toBe('No signal');
    const before = await page.textContent('#ref');
    await site.database.age('10 s');
    await page.click('#resend:enabled');
    await tone(page, 'waiting');

    expect(await page.textContent('#ref')).not.toBe(before);
    expect(simulator.messages(mobile)).toHaveLength(2);
    await enter(page, code());
    await signedIn(page);
  });

  it('counts the cool-down down and opens the button when the server does', async () => {
    const page = await arrive();
    await ask(page);
    await page.waitForSelector('#resend:disabled');
    await site.database.age('61 s');
    await page.click('#resend:enabled');
    await page.waitForSelector('#resend:disabled');
    expect(await page.textContent('#resend')).toMatch(/^Send again in (?:2:00|1:5\d)$/);
  });

  it('says how many attempts are left, and ends when none is', async () => {
    const page = await arrive();
    await ask(page);
    for (const left of ['4 more times', '3 more times', '2 more times', 'once more']) {
      await enter(page, wrong());
      await page.waitForSelector(`#refusal:has-text("${left}")`);
      expect(await page.evaluate('document.activeElement.id')).toBe('code');
    }
    await enter(page, wrong());
    await page.waitForSelector('h1:has-text("cannot be used")');
    expect(await page.textContent('#news')).toContain('Too many wrong codes.');
  });

  it('locks a number after ten wrong codes', async () => {
    const page = await arrive();
    for (const round of ['first', 'second']) {
      await ask(page);
      for (let tries = 0; tries < 5; tries += 1) {
        await enter(page, wrong());
        await page.waitForLoadState();
      }
      await page.waitForSelector('h1:has-text("cannot be used")');
      if (round === 'first') await site.database.age('61 s');
      await page.click('main .button');
      await page.waitForSelector('#mobile');
    }
    await page.click('main button');
    expect(await page.textContent('#refusal')).toContain('Too many wrong codes were entered');
    expect(await page.inputValue('#mobile')).toBe(mobile);
  });

  it('leaves the page of the code when the code expires', async () => {
    const page = await arrive();
    await ask(page);
    await site.database.age('301 s');
    await page.waitForSelector('h1:has-text("cannot be used")');
    expect(await page.textContent('#news')).toContain('The code has expired.');
    await page.click('main .button');
    expect(await page.inputValue('#mobile')).toBe(mobile);
  });

  it('speaks Thai and reads Thai digits', async () => {
    const page = await arrive({ locale: 'th-TH' });
    expect(await page.getAttribute('html', 'lang')).toBe('th');
    mobile = inThai(mobile);
    await ask(page);
    mobile = `0${simulator.inbox.at(-1)!.to.slice(2)}`;
    await enter(page, wrong());
    expect(await page.textContent('#refusal')).toBe('รหัสไม่ถูกต้อง ลองได้อีก 4 ครั้ง');
    await page.click('text=English');
    expect(await page.textContent('h1')).toBe('Enter your code');
    await enter(page, inThai(code()));
    await signedIn(page);
  });

  it.each([
    ['the whole SMS', (_: string, text: string) => text],
    ['digits in groups', (digits: string) => digits.replace(/(\d{3})(?=\d)/g, '$1 ')],
    [
      'full-width digits',
      (digits: string) => digits.replace(/\d/g, (d) => '０１２３４５６７８９'[Number(d)]!),
    ],
  ])('takes the code out of %s', async (_, copied) => {
    const page = await arrive({ permissions: ['clipboard-read', 'clipboard-write'] });
    await ask(page);
    const text = copied(code(), simulator.lastSms(mobile)!.text);
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await page.focus('#code');
    await page.keyboard.press('Control+V');
    await page.keyboard.press('Enter');
    await signedIn(page);
  });

  it('fills the code of an SMS in where the browser reads it (WebOTP)', async () => {
    visitor = await openBrowser(browser);
    const { page } = visitor;
    // Stands in for an Android phone: it resolves when the test says that the SMS has come.
    await page.addInitScript(`
      window.OTPCredential = class {};
      navigator.credentials.get = (options) => new Promise((resolve, reject) => {
        window.asked = options.otp;
        window.receive = (code) => resolve({ code });
        options.signal.addEventListener('abort', () => reject(options.signal.reason));
      });`);
    await page.goto(site.url);
    expect(await page.evaluate('window.asked')).toBeUndefined();
    await ask(page);
    expect(await page.evaluate('window.asked')).toEqual({ transport: ['sms'] });

    await page.evaluate(`window.receive('${code()}')`);

    await signedIn(page);
  });

  it('sends each form once, however often its button is pressed', async () => {
    const page = await arrive();
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
    });
    await page.fill('#mobile', mobile);
    await pressDuring(page, 'main button', simulator.hold('requestOTP'));
    await page.waitForSelector('#code');

    await page.fill('#code', wrong());
    await pressDuring(page, '#enter button', simulator.hold('verifyOTP'));
    await page.waitForSelector('#refusal:has-text("4 more times")');

    expect(posts).toEqual(['/', '/code']);
  });
});

/**
 * Presses a button again and again, until some presses came while its form was being worked on. By a timer of
 * the page: Playwright itself does nothing while a page is on its way.
 */
async function pressDuring(page: Page, selector: string, call: AntsHold): Promise<void> {
  let presses = 0;
  page.on('console', (message) => {
    if (message.text() === 'pressed') presses += 1;
  });
  await page.evaluate(
    `setInterval(() => { document.querySelector('${selector}').click(); console.log('pressed'); }, 50) && 0`,
  );
  await call.arrived;
  const before = presses;
  await until('the button was pressed again', () => presses > before + 2);
  call.release();
}
