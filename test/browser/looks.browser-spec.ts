import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { Browser, Page } from 'playwright-core';
import { join } from 'node:path';
import { startChromium } from './chromium.js';
import { dropSites, startSite } from './login-site.js';
import type { LoginSite } from './login-site.js';
import { audit, openBrowser, overflow } from './visitor.js';

const IMAGES = join(import.meta.dirname, '../../docs/images');
const MOBILE = '081-234-5678';

// Six digits, as a reader expects them on a picture.
const simulator = new AntsSimulator({ reports: 'manual' });
let browser: Browser;
let site: LoginSite;

beforeAll(async () => {
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  await dropSites();
});

async function ask(page: Page, mobile = MOBILE): Promise<void> {
  await page.goto(site.url);
  await page.fill('#mobile', mobile);
  await page.click('main button');
  await page.waitForSelector('#code');
}

async function enter(page: Page, code: string): Promise<void> {
  await page.fill('#code', code);
  await page.click('#enter button');
  await page.waitForLoadState();
}

const reported = async (page: Page, status: 'DELIVERED' | 'UNDELIVERED'): Promise<void> => {
  await simulator.report(simulator.inbox.at(-1)!, { status });
  await page.waitForSelector(`#news[data-tone=${status === 'DELIVERED' ? 'good' : 'bad'}]`);
};

/** As after ten wrong codes. */
async function lock(mobile: string): Promise<void> {
  for (let codes = 0; codes < 2; codes += 1) {
    const { id, ticket } = await site.otps.request({ mobile, purpose: 'login' });
    for (let tries = 0; tries < 5; tries += 1)
      await expect(site.otps.verify(id, '0000', { ticket })).rejects.toThrow();
    await site.database.age('61 s');
  }
}

/** How to get to each page and state. */
const STATES: Record<string, (page: Page) => Promise<void>> = {
  number: async (page) => {
    await page.goto(site.url);
  },
  'number-refused': async (page) => {
    await page.goto(site.url);
    await page.fill('#mobile', '02-123-4567');
    await page.click('main button');
    await page.waitForSelector('#refusal');
  },
  sent: (page) => ask(page),
  delivered: async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    await page.waitForSelector('.bubble');
  },
  undelivered: async (page) => {
    await ask(page);
    await reported(page, 'UNDELIVERED');
    await page.waitForSelector('.unreachable');
  },
  'wrong-code': async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    await enter(page, '0000');
    await page.waitForSelector('#refusal');
  },
  resent: async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    await site.database.age('61 s');
    await page.click('#resend:enabled');
    await page.waitForSelector('#news[data-tone=waiting]');
    await reported(page, 'DELIVERED');
    await page.waitForSelector('li + li .bubble');
  },
  locked: async (page) => {
    await lock(MOBILE);
    await page.goto(site.url);
    await page.fill('#mobile', MOBILE);
    await page.click('main button');
    await page.waitForSelector('#refusal');
  },
  expired: async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    await site.database.age('301 s');
    // The page notices it itself.
    await page.waitForSelector('.news + .button');
  },
  canceled: async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    const [newest] = await site.otps.find({ mobile: MOBILE });
    await site.otps.cancel(newest!.id);
    await page.waitForSelector('.news + .button');
  },
  superseded: async (page) => {
    await ask(page);
    await reported(page, 'DELIVERED');
    await site.database.age('61 s');
    // From another browser, say.
    await site.otps.request({ mobile: MOBILE, purpose: 'login' });
    await page.waitForSelector('.news + .button');
  },
  account: async (page) => {
    await ask(page);
    await enter(page, simulator.inbox.at(-1)!.code);
    await page.waitForURL('**/account');
  },
};

const wide = { viewport: { width: 1440, height: 780 }, deviceScaleFactor: 1 };
const narrow = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 1.5 };
const LOOKS = [
  { look: 'desktop', shown: true, options: { ...wide, colorScheme: 'light', locale: 'en-GB' } },
  {
    look: 'desktop-dark',
    shown: false,
    options: { ...wide, colorScheme: 'dark', locale: 'en-GB' },
  },
  { look: 'phone', shown: false, options: { ...narrow, colorScheme: 'light', locale: 'en-GB' } },
  { look: 'phone-thai', shown: true, options: { ...narrow, colorScheme: 'dark', locale: 'th-TH' } },
] as const;

// The pages are the same on either adapter, their headers and files need not be.
const RUNS = [
  ...LOOKS.map((look) => ({ adapter: 'express' as const, states: Object.keys(STATES), ...look })),
  { adapter: 'fastify' as const, states: ['delivered'], ...LOOKS[0], shown: false },
];

describe.each(RUNS)('on $look, by $adapter', ({ adapter, states, look, shown, options }) => {
  beforeAll(async () => {
    site = await startSite(adapter, simulator);
  });
  afterAll(() => site.close());

  it.each(states)('%s is whole, readable and obeys the policy', async (state) => {
    // The number is the same on every picture, and its cool-down is over.
    await site.database.age('25 h');
    const visitor = await openBrowser(browser, {
      ...options,
      reducedMotion: 'reduce',
    });

    const { page, complaints } = visitor;
    await STATES[state]!(page);

    expect(await audit(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    if (shown && process.env.OTP_WRITE_SCREENSHOTS === '1')
      await page.screenshot({ path: join(IMAGES, `${state}-${look}.png`), fullPage: true });
    await visitor.leave();
  });
});
