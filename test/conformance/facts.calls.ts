import { Skipped, type Fact } from './fact.js';
import { field } from './loose-json.js';
import { sentOtp } from './probe.js';
import { meaningOf, spellingOf } from './read-answer.js';

/** A code of the usual length that is wrong nine hundred and ninety-nine thousand times in a million. */
const GUESS = '000000';
/** Wrong codes that are tried at most. */
const MOST_TRIES = 12;

/** Section 2: these calls send SMS, as far as they are allowed to. */
export const CALL_FACTS: readonly Fact[] = [
  {
    section: 2,
    fact: 'requestOTP with an unknown otcId',
    expected: '0301',
    readings: ['9996'],
    run: async (probe) =>
      meaningOf(await probe.request({ otcId: '00000000-0000-4000-8000-000000000000' })),
  },
  {
    section: 2,
    fact: 'fields of an accepted requestOTP, beside the reference',
    expected: 'otcId, otpId, success',
    readings: [],
    run: async (probe) => {
      const { json } = (await probe.first()).answer;
      return ['otcId', 'otpId', 'success', 'messageId', 'bulkId']
        .filter((name) => field(json, name) !== undefined)
        .join(', ');
    },
  },
  {
    section: 2,
    fact: 'spelling of the reference code',
    expected: 'referenceCode',
    readings: ['referrenceCode', 'ReferenceCode', 'referencecode', 'REFERENCECODE'],
    run: async (probe) =>
      spellingOf((await probe.first()).answer.json, 'referenceCode', 'referrenceCode'),
  },
  {
    section: 2,
    fact: 'form of the otpId',
    expected: 'UUID',
    readings: ['text'],
    run: async (probe) =>
      /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test((await probe.first()).otpId)
        ? 'UUID'
        : 'text',
  },
  {
    section: 2,
    fact: 'form of the reference code',
    expected: '9 letters and digits',
    readings: ['text'],
    run: async (probe) =>
      /^[\da-z]{9}$/i.test((await probe.first()).referenceCode) ? '9 letters and digits' : 'text',
  },
  {
    section: 2,
    fact: 'code of an accepted requestOTP',
    expected: '"0000"',
    readings: ['"0"', '0', 'none'],
    run: async (probe) => {
      const code = field(field((await probe.first()).answer.json, 'success'), 'code');
      return code === undefined ? 'none' : JSON.stringify(code);
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of a wrong code',
    expected: 'result false',
    readings: ['result false + isErrorCount'],
    run: async (probe) => meaningOf(await probe.verify((await probe.first()).otpId, GUESS)),
  },
  {
    section: 2,
    fact: 'resendOTP with the otpId alone',
    expected: 'accepted',
    readings: ['9996', '0301'],
    run: async (probe) => meaningOf(await probe.resent()),
  },
  {
    section: 2,
    fact: 'resendOTP with the otcId alone',
    expected: '9996',
    readings: ['accepted', '0303'],
    run: async (probe) => meaningOf(await probe.resendByConfiguration()),
  },
  {
    section: 2,
    fact: 'otpId after a resend',
    expected: 'new',
    readings: ['the same'],
    run: async (probe) => {
      const resent = field((await probe.resent()).json, 'otpId');
      if (resent === undefined) throw new Skipped('needs an accepted resend');
      return resent === (await probe.first()).otpId ? 'the same' : 'new';
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of the first otpId after a resend',
    expected: '0303',
    readings: ['result false', 'result false + isExprCode'],
    run: async (probe) => {
      if (meaningOf(await probe.resent()) !== 'accepted')
        throw new Skipped('needs an accepted resend');
      return meaningOf(await probe.verify((await probe.first()).otpId, GUESS));
    },
  },
  {
    section: 2,
    fact: 'code after a resend',
    expected: 'new',
    readings: ['the same'],
    run: async (probe) => {
      const first = await probe.sent();
      const before = await probe.code(first);
      const again = await probe.send('/otp/resendOTP', { otpId: first.otpId });
      if (meaningOf(again) !== 'accepted') throw new Skipped('needs an accepted resend');
      return (await probe.code(sentOtp(again))) === before ? 'the same' : 'new';
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of the right code',
    expected: 'result true',
    readings: [],
    run: async (probe) => {
      const otp = await probe.sent();
      const code = await probe.code(otp);
      return meaningOf(await probe.verify(otp.otpId, code));
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of a code that was confirmed',
    expected: '0306',
    readings: ['result false', 'result true'],
    run: async (probe) => {
      const otp = await probe.sent();
      const code = await probe.code(otp);
      await probe.verify(otp.otpId, code);
      return meaningOf(await probe.verify(otp.otpId, code));
    },
  },
  {
    section: 2,
    fact: 'verifyOTP when the attempts are used up',
    expected: 'result false + isErrorCount',
    readings: [
      '0304',
      'result false + isExprCode',
      `result false + isErrorCount after 1 to ${MOST_TRIES} wrong codes`,
    ],
    run: async (probe) => {
      const { otpId } = await probe.sent();
      const wrong = meaningOf(await probe.verify(otpId, GUESS));
      for (let tries = 1; tries < MOST_TRIES; tries += 1) {
        const meaning = meaningOf(await probe.verify(otpId, GUESS));
        if (meaning !== wrong) return meaning;
      }
      return `${wrong} after 1 to ${MOST_TRIES} wrong codes`;
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of an expired code',
    expected: 'result false + isExprCode',
    readings: ['0305', 'result false + isErrorCount'],
    run: async (probe) => {
      const { otpId } = await probe.sent();
      await probe.letExpire();
      return meaningOf(await probe.verify(otpId, GUESS));
    },
  },
  // The last two are the number of this run, spelled badly: should ANTS forgive that, its owner's phone rings.
  {
    section: 2,
    fact: 'requestOTP to a number with a digit missing',
    expected: '0307',
    readings: ['9996'],
    run: async (probe) => meaningOf(await probe.request({ mobile: probe.mobile.slice(0, -1) })),
  },
  {
    section: 2,
    fact: 'requestOTP to a number that starts with 0 in place of 66',
    expected: '0302',
    readings: ['0307', '9996', 'accepted'],
    run: async (probe) =>
      meaningOf(await probe.request({ mobile: probe.mobile.replace(/^66/, '0') })),
  },
];
