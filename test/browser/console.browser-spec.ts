import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ADAPTERS, nextMobile } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { signedIn, startConsole } from './console-site.js';
import type { ConsoleSite } from './console-site.js';
import { startChromium } from './chromium.js';
import { openBrowser } from './visitor.js';
import type { Visitor } from './visitor.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

describe.each(ADAPTERS)('the console in a browser, on %s', (adapter) => {
  const ants = recordedSimulator({ reports: 'manual' });
  const mobile = nextMobile();
  let site: ConsoleSite;
  let visitor: Visitor | undefined;
  let id: string;

  beforeAll(async () => {
    site = await startConsole(adapter, ants);
    const otp = await ask(mobile, { subject: 'user-42', callbackData: 'order-17' });
    id = otp.id;
    await ants.report(ants.lastSms(mobile)!, { status: 'DELIVERED' });
    await expect(site.otps.verify(id, '0000', otp)).rejects.toThrow();
    await site.otps.verify(id, ants.codeFor(mobile), otp);

    const other = nextMobile();
    await ask(other, { callbackData: 'twice' });
    await ants.report(ants.lastSms(other)!, { status: 'UNDELIVERED' });
    await ask(nextMobile(), { callbackData: 'twice' });
    // Its number is one that ANTS refuses.
    await expect(ask('0800000307', {})).rejects.toThrow();
  });
  afterAll(() => site.close());
  afterEach(async () => {
    await visitor?.leave();
    const complaints = visitor?.complaints;
    visitor = undefined;
    // No test makes the browser complain: of the policy, of a script, of a request.
    expect(complaints ?? []).toEqual([]);
  });

  const ask = (number: string, about: { subject?: string; callbackData?: string }) =>
    site.otps.request({ mobile: number, ...about });

  async function arrive(path = '', options?: BrowserContextOptions): Promise<Page> {
    visitor = await openBrowser(browser, { ...signedIn(site.url, 'staff'), ...options });
    await visitor.page.goto(`${site.root}${path}`);
    return visitor.page;
  }

  async function find(page: Page, text: string): Promise<void> {
    await page.goto(site.root);
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.waitForURL(/\/(?:find\?otps=.*|otps\/.+)$/);
  }

  /** The numbers of the funnel by the names of its steps. */
  const funnel = (page: Page): Promise<Record<string, number>> =>
    page.evaluate(`Object.fromEntries([...document.querySelectorAll('#funnel ~ .bars tr')]
      .map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent)]))`);

  it('counts in its funnel what stands in the tables', async () => {
    const page = await arrive();
    const { rows } = await site.database.query(`
      SELECT count(*)::int AS "Requested", count(*) FILTER (WHERE s.outcome = 'sent')::int AS "Sent",
        count(*) FILTER (WHERE o.delivery = 'delivered')::int AS "Delivered",
        count(*) FILTER (WHERE o.status = 'verified')::int AS "Verified"
      FROM otps AS o JOIN otp_sends AS s ON s.otp_id = o.id AND s.send_no = 1`);
    expect(await funnel(page)).toEqual(rows[0]);
    expect(rows[0]).toEqual({ Requested: 4, Sent: 3, Delivered: 1, Verified: 1 });
    // The same in the table below the columns over time.
    await page.click('#time ~ details summary');
    const requested = await page.locator('#time-table tbody td:nth-child(2)').allTextContents();
    expect(requested.reduce((sum, count) => sum + Number(count), 0)).toBe(4);
  });

  it('finds an OTP by everything that it is known by, and shows no whole number', async () => {
    const page = await arrive();
    const { referenceCode, otpId, messageId } = await site.otps.status(id);
    const spaced = `${mobile.slice(0, 3)} ${mobile.slice(3, 6)} ${mobile.slice(6)}`;
    for (const text of [
      ...[
        mobile,
        spaced,
        spaced.replaceAll(' ', '-'),
        `+66${mobile.slice(1)}`,
        `66${mobile.slice(1)}`,
      ],
      ...[id, id.toUpperCase(), referenceCode!, otpId!, messageId!, 'order-17', 'user-42'],
    ]) {
      await find(page, text);
      expect(page.url()).toBe(`${site.root}/otps/${id}`);
      expect(await page.content()).not.toContain(mobile.slice(1));
    }
    await find(page, 'twice');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await page.locator('tbody a').first().click();
    await page.waitForSelector('.timeline');
    await find(page, 'nowhere');
    await page.getByText('No OTP is stored under this.').waitFor();
  });

  it('shows what is new without a reload, and leaves open what was opened', async () => {
    visitor = await openBrowser(browser, signedIn(site.url, 'staff'));
    const { page } = visitor;
    await page.clock.install();
    site.passTime();
    await page.goto(site.root);
    await page.evaluate('window.sameDocument = true');
    const before = (await funnel(page))['Requested']!;
    await page.click('#time ~ details summary');
    await page.evaluate('document.activeElement.blur()');

    await ask(nextMobile(), {});
    site.passTime();
    await page.clock.runFor(10_000);
    await page
      .locator('#funnel ~ .bars tr:first-child', { hasText: `Requested ${before + 1} ` })
      .waitFor();
    expect(await page.locator('#time-table').getAttribute('open')).toBe('');
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  it('is closed to whom the guard does not let pass', async () => {
    for (const [role, status] of [
      [undefined, 401],
      ['customer', 403],
    ] as const) {
      const context = await browser.newContext(role ? signedIn(site.url, role) : {});
      const page = await context.newPage();
      for (const path of ['', `/otps/${id}`, '/console.css', '/console.js']) {
        const answered = await page.goto(`${site.root}${path}`);
        expect(answered?.status()).toBe(status);
        expect(await answered?.text()).not.toMatch(/funnel|timeline|08x-/);
      }
      await context.close();
    }
  });

  it('speaks the other language from a click on, on each page', async () => {
    const page = await arrive(`/otps/${id}`);
    await page.getByRole('link', { name: 'ไทย' }).click();
    await page.waitForSelector('html[lang=th]');
    expect(await page.textContent('.summary')).toBe((await site.otps.explain(id)).summary.th);
    await page.getByRole('link', { name: 'ภาพรวม' }).click();
    await page.waitForSelector('html[lang=th] #funnel');
    await page.getByRole('link', { name: '7 วัน' }).click();
    await page.waitForSelector('html[lang=th] .spans [aria-current]:has-text("7 วัน")');
  });

  it('works by the keyboard alone', async () => {
    const page = await arrive();
    const press = async (key: string, times = 1): Promise<void> => {
      for (let i = 0; i < times; i += 1) await page.keyboard.press(key);
    };
    await press('Tab');
    expect(await page.textContent(':focus')).toBe('Skip to the content');
    await press('Enter');
    expect(await page.getAttribute(':focus', 'id')).toBe('content');
    await press('Tab');
    expect(await page.textContent(':focus')).toBe('1 h');
    // Back over the top: the button, then the field.
    await press('Shift+Tab', 2);
    await page.keyboard.type('twice');
    await press('Enter');
    await page.waitForURL('**/find?*');
    // Skip link, overview, language, field, button, the table that scrolls, its first link.
    await press('Tab', 7);
    await press('Enter');
    await page.waitForSelector('.timeline');
    await page.goBack();
    await page.waitForSelector('tbody a');
  });

  it('cancels an OTP and shows a whole number behind folds that say what they do, also without its script', async () => {
    const number = nextMobile();
    const { id: own } = await ask(number, {});
    const page = await arrive(`/otps/${own}`, { javaScriptEnabled: false });
    await page.getByText('Show the whole number').first().click();
    await page.getByRole('button', { name: 'Show the whole number' }).click();
    expect(await page.locator('main').textContent()).toContain(`+66${number.slice(1)}`);
    await page.getByRole('link', { name: 'Back to the OTP' }).click();
    await page.getByText('Cancel this OTP').first().click();
    await page.getByRole('button', { name: 'Cancel this OTP' }).click();
    expect(await page.getByRole('status').textContent()).toBe('The OTP is canceled.');
    expect((await site.otps.status(own)).status).toBe('canceled');
    const done = await page.locator('#done ~ ul li').allTextContents();
    expect(done.map((line) => line.replace(/\s+/g, ' ').trim().slice(20))).toEqual([
      'staff-7: Cancel this OTP',
      'staff-7: Show the whole number',
    ]);
  });

  it('says the same without its script', async () => {
    const page = await arrive('', { javaScriptEnabled: false });
    await find(page, 'order-17');
    expect(await page.textContent('.summary')).toBe((await site.otps.explain(id)).summary.en);
  });

  it('asks no other host, and draws with nothing that the policy would have to except', async () => {
    visitor = await openBrowser(browser, signedIn(site.url, 'staff'));
    const { page } = visitor;
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    for (const path of ['', `/otps/${id}`]) await page.goto(`${site.root}${path}`);
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(site.url).host]);
    expect(await page.locator('[style], style, script:not([src])').count()).toBe(0);
  });
});
