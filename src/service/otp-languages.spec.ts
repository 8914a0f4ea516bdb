import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { OtpMessages } from '../options/messages.js';
import type { OtpOptions } from '../options/otp.options.js';
import { OtpSettings } from '../options/otp.settings.js';
import { OtpException } from './otp.exception.js';
import { OtpLanguages } from './otp-languages.js';

const languages = (options: Partial<OtpOptions> = {}): OtpLanguages =>
  new OtpLanguages(
    new OtpSettings({
      ...{ username: 'u', password: 'p', otcId: 'F2A1', secret: randomBytes(32).toString('hex') },
      ...options,
    }),
  );

const LAO: OtpMessages = { lo: { wrong_code: 'ລະຫັດບໍ່ຖືກຕ້ອງ' }, 'zh-Hans': {} };

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['th', 'th'],
    ['TH', 'th'],
    ['th-TH', 'th'],
    ['en-GB,th;q=0.9', 'en'],
    ['en;q=0.1, th;q=0.9', 'th'],
    ['th;q=0, en;q=0.1', 'en'],
    ['th;q=0', 'en'],
    ['fr, th;q=0.4', 'th'],
    ['fr', 'en'],
    ['*', 'en'],
    ['fr, *;q=0.5', 'en'],
    ['en;q=0.5, *;q=0.8', 'th'],
    ['lo', 'lo'],
    ['lo-LA, th;q=0.9', 'lo'],
    ['zh-Hans', 'zh-Hans'],
    ['zh', 'zh-Hans'],
    [';;;q=,,,=', 'en'],
    ['th;q=x', 'en'],
    ['\u0000, th', 'th'],
    [`${'x, '.repeat(3000)}th`, 'en'],
  ])('of %j is %s', (header, language) => {
    expect(languages({ messages: LAO }).of(header)).toBe(language);
  });

  it.each([
    [undefined, 'th'],
    ['fr', 'th'],
    ['*', 'th'],
    ['en', 'en'],
  ])("of %j is %s where Thai is the module's own", (header, language) => {
    expect(languages({ language: 'th' }).of(header)).toBe(language);
  });

  it('is fixed where the header does not count', () => {
    expect(languages({ language: 'th', acceptLanguage: false }).of('en')).toBe('th');
  });

  it('may be one that the app has brought', () => {
    expect(languages({ language: 'lo', messages: LAO }).of(undefined)).toBe('lo');
  });
});

describe('the message of a refusal', () => {
  const wrong = new OtpException({ code: 'wrong_code', attemptsLeft: 2 });
  const said = (messages: OtpMessages, language: string, error = wrong): string =>
    languages({ messages }).bodyIn(language, error).message;

  it("is the module's own in English and in Thai", () => {
    expect([said({}, 'en'), said({}, 'th')]).toEqual([wrong.message, wrong.messageTh]);
  });

  it('is the one that the app has for this code and language, and for no other', () => {
    const messages: OtpMessages = {
      th: { wrong_code: ({ attemptsLeft }) => `อีก ${attemptsLeft}` },
    };
    expect(said(messages, 'th')).toBe('อีก 2');
    expect(said(messages, 'en')).toBe(wrong.message);
    const expired = new OtpException({ code: 'expired' });
    expect(said(messages, 'th', expired)).toBe(expired.messageTh);
  });

  it('is English where an added language has none, in the words of the app if it has any', () => {
    const expired = new OtpException({ code: 'expired' });
    expect(said(LAO, 'lo')).toBe('ລະຫັດບໍ່ຖືກຕ້ອງ');
    expect(said(LAO, 'lo', expired)).toBe(expired.message);
    expect(said({ ...LAO, en: { expired: 'Too late.' } }, 'lo', expired)).toBe('Too late.');
  });

  it('is that of the language where a kind of it has none', () => {
    const messages: OtpMessages = {
      'th-TH': { expired: 'หมดเวลา' },
      th: { wrong_code: 'ไม่ถูก' },
      'zh-Hans': {},
      zh: { expired: '过期' },
    };
    const expired = new OtpException({ code: 'expired' });
    const locked = new OtpException({ code: 'locked', retryAfter: 60 });
    expect(said(messages, 'th-TH', expired)).toBe('หมดเวลา');
    expect(said(messages, 'th-TH')).toBe('ไม่ถูก');
    expect(said(messages, 'th-TH', locked)).toBe(locked.messageTh);
    expect(said(messages, 'zh-Hans', expired)).toBe('过期');
    expect(said(messages, 'zh-Hans', locked)).toBe(locked.message);
  });

  it('says a wait in the added language', () => {
    const messages: OtpMessages = { zh: { cooldown: ({ when }) => `请${when}再试。` } };
    const cooldown = new OtpException({ code: 'cooldown', retryAfter: 120 });
    expect(said(messages, 'zh', cooldown)).toBe('请2分钟后再试。');
  });

  it('hands on what is wrong more exactly', () => {
    const messages: OtpMessages = { en: { invalid_request: ({ detail }) => `Oops: ${detail}` } };
    const invalid = new OtpException({ code: 'invalid_request', detail: 'mobile is missing.' });
    expect(said(messages, 'en', invalid)).toBe('Oops: mobile is missing.');
  });

  it('is never lost by a sentence that fails or is none', () => {
    Logger.overrideLogger(false);
    const failing: OtpMessages = {
      en: {
        wrong_code: () => {
          throw new Error('no such key');
        },
        expired: () => undefined as unknown as string,
      },
    };
    expect(said(failing, 'en')).toBe(wrong.message);
    const expired = new OtpException({ code: 'expired' });
    expect(said(failing, 'en', expired)).toBe(expired.message);
  });
});

describe('the notice of an OTP', () => {
  const notice = {
    ...{ about: 'delivered' as const, next: 'resend' as const, wait: 42 },
    ...{ en: 'Delivered.', th: 'ส่งถึงแล้ว' },
  };

  it('is made by the app of what happened, what can be done and when', () => {
    const messages: OtpMessages = {
      lo: { notice: ({ about, next, wait }) => `${about} ${next} ${wait}` },
    };
    const spoken = languages({ messages });
    expect(['lo', 'th', 'en'].map((language) => spoken.noticeIn(language, notice))).toEqual([
      'delivered resend 42',
      notice.th,
      notice.en,
    ]);
  });

  it('is English in a language that has none', () => {
    expect(languages({ messages: LAO }).noticeIn('lo', notice)).toBe(notice.en);
  });
});
