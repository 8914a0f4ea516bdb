import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OtpControls } from 'nestjs-ants-otp';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { Browser, Page } from 'playwright-core';
import { join } from 'node:path';
import { fillDay } from './console-day.js';
import { signedIn, startConsole } from './console-site.js';
import type { ConsoleSite } from './console-site.js';
import { startChromium } from './chromium.js';
import { audit, openBrowser, overflow } from './visitor.js';

const IMAGES = join(import.meta.dirname, '../../docs/images');

// Six digits, as a reader expects them.
const ants = new AntsSimulator({ reports: 'manual' });
let browser: Browser;
let site: ConsoleSite;
/** What stands in the tables; each is made once and looked at in every way. */
const ids: Record<'verified' | 'undelivered' | 'locked', string> = {
  ...{ verified: '', undelivered: '', locked: '' },
};

beforeAll(async () => {
  browser = await startChromium();
  site = await startConsole('express', ants);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

const ask = async (mobile: string) => {
  const otp = await site.otps.request({
    mobile,
    purpose: 'login',
    callbackData: 'order-17',
    subject: 'user-42',
  });
  return { ...otp, code: ants.codeFor(mobile), sms: ants.messages(mobile).at(-1)! };
};
const wrong = (code: string): string =>
  code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));

/** Five wrong codes; the number is locked after ten. */
async function exhaust(mobile: string): Promise<string> {
  const otp = await ask(mobile);
  await ants.report(otp.sms, { status: 'DELIVERED' });
  for (let tries = 0; tries < 5; tries += 1) {
    await site.database.age('7 s');
    await expect(site.otps.verify(otp.id, wrong(otp.code), otp)).rejects.toThrow();
  }
  await site.database.age('61 s');
  return otp.id;
}

async function makeOtps(): Promise<void> {
  const bad = await ask('0812345670');
  await site.database.age('6 s');
  await ants.report(bad.sms, { status: 'UNDELIVERED' });
  ids.undelivered = bad.id;
  for (let codes = 0; codes < 2; codes += 1) ids.locked = await exhaust('0891234567');
  const good = await ask('0812345678');
  await site.database.age('2 s');
  await ants.report(good.sms, { status: 'DELIVERED' });
  await site.database.age('19 s');
  await expect(site.otps.verify(good.id, wrong(good.code), good)).rejects.toThrow();
  await site.database.age('8 s');
  await site.otps.verify(good.id, good.code, good);
  ids.verified = good.id;
}

const open = (path: string) => async (page: Page, query: string) => {
  await page.goto(`${site.root}${path}${query}`);
};
const search = (text: string) => async (page: Page, query: string) => {
  await page.goto(`${site.root}${query}`);
  await page.fill('#q', text);
  await page.click('.find button');
  await page.waitForURL('**/find*');
};

interface State {
  /** Brings about what all looks share. */
  before?: () => Promise<void>;
  /** @param query asks for a day where that makes a difference */
  go: (page: Page, query: string) => Promise<void>;
  says: RegExp;
}

const STATES: Record<string, State> = {
  'overview-empty': { go: open(''), says: /Nothing stands out|ไม่พบสิ่งผิดปกติ/ },
  'overview-quiet': {
    before: () => fillDay(site, false),
    go: open(''),
    says: /Nothing stands out|ไม่พบสิ่งผิดปกติ/,
  },
  'overview-trouble': {
    async before() {
      await fillDay(site, true);
      await site.app.get(OtpControls).pauseSends('transfer', { seconds: 1_800 });
    },
    go: open(''),
    says: /09999/,
  },
  'otp-verified': {
    before: makeOtps,
    go: (page, query) => open(`/otps/${ids.verified}`)(page, query),
    says: /verified/,
  },
  'otp-undelivered': {
    go: (page, query) => open(`/otps/${ids.undelivered}`)(page, query),
    says: /undelivered/,
  },
  'otp-locked': {
    go: (page, query) => open(`/otps/${ids.locked}`)(page, query),
    says: /locked/,
  },
  found: { go: search('order-17'), says: /max_attempts_reached/ },
  'nothing-found': { go: search('order-18'), says: /No OTP is stored|ไม่พบ OTP/ },
  error: { go: open('/otps/none'), says: /This did not work|ดำเนินการไม่สำเร็จ/ },
};

const wide = { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 };
const narrow = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 1.5 };
const LOOKS = [
  { look: 'desktop', options: { ...wide, colorScheme: 'light', locale: 'en-GB' } },
  { look: 'desktop-thai-dark', options: { ...wide, colorScheme: 'dark', locale: 'th-TH' } },
  { look: 'phone-dark', options: { ...narrow, colorScheme: 'dark', locale: 'en-GB' } },
  { look: 'phone-thai', options: { ...narrow, colorScheme: 'light', locale: 'th-TH' } },
] as const;

/** What stands in the README and the documentation. */
const SHOWN = [
  ...['overview-trouble-desktop', 'overview-quiet-desktop-thai-dark', 'overview-empty-desktop'],
  ...[
    'overview-trouble-phone-dark',
    'otp-verified-desktop',
    'otp-verified-phone-thai',
    'otp-locked-phone-dark',
  ],
  ...[
    'otp-undelivered-desktop',
    'found-desktop',
    'found-phone-thai',
    'nothing-found-phone-dark',
    'error-phone-thai',
  ],
];

/** A long page is shown as far as a picture is still read. */
async function shownPart(page: Page) {
  const { width } = page.viewportSize()!;
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  return { x: 0, y: 0, width, height: Math.min(height, width < 1_000 ? 1_000 : 1_200) };
}

describe.each(Object.entries(STATES))('the console, %s', (state, { before, go, says }) => {
  beforeAll(async () => {
    await before?.();
    site.passTime();
  });

  it.each(LOOKS)('is whole, readable and obeys the policy on $look', async ({ look, options }) => {
    const staff = { ...options, reducedMotion: 'reduce', ...signedIn(site.url, 'staff') } as const;
    const visitor = await openBrowser(browser, staff);
    const { page, complaints } = visitor;
    await go(page, '?hours=24');

    expect(await page.textContent('main')).toMatch(says);
    expect(await audit(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    // The browser reports each answer that is no success.
    expect(complaints.filter((complaint) => !/status of 404/.test(complaint))).toEqual([]);
    const name = `${state}-${look}`;
    if (process.env.OTP_WRITE_SCREENSHOTS === '1' && SHOWN.includes(name))
      await page.screenshot({
        path: join(IMAGES, `console-${name}.png`),
        fullPage: true,
        clip: await shownPart(page),
      });
    await visitor.leave();
  });
});
