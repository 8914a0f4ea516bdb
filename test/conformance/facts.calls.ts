import { Skipped, type Fact } from './fact.js';
import { field } from './loose-json.js';
import { sentOtp } from './probe.js';
import type { RawAnswer } from './ants-caller.js';
import { jsonOf, meaningOf, spellingOf } from './read-answer.js';

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
    section: 1,
    fact: 'case of the keys',
    expected: 'otpId',
    readings: ['OtpId', 'otpid', 'OTPID'],
    run: async (probe) => spellingOf((await probe.first()).answer.json, 'otpId'),
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
    run: async (probe) => meaningOf(await probe.wrong(GUESS)),
  },
  {
    section: 2,
    fact: 'fields of an answer to verifyOTP',
    expected: 'otpId, result, isErrorCount, isExprCode',
    readings: [
      'result, isErrorCount, isExprCode',
      'otpId, result, isErrorCount, isExprCode, success',
    ],
    run: async (probe) => {
      const json = jsonOf(await probe.wrong(GUESS));
      return ['otpId', 'result', 'isErrorCount', 'isExprCode', 'success']
        .flatMap((name) => withType(name, field(json, name)))
        .join(', ');
    },
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
    fact: 'fields of an accepted resendOTP',
    expected: 'otcId, otpId, referenceCode, success',
    readings: ['otcId, otpId, referrenceCode, success', 'otpId, referenceCode, success'],
    run: async (probe) => {
      const { json } = await accepted(probe.resent());
      return ['otcId', 'otpId', 'referenceCode', 'referrenceCode', 'success']
        .filter((name) => field(json, name) !== undefined)
        .join(', ');
    },
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
      const { otpId } = sentOtp(await accepted(probe.resent()));
      return otpId === (await probe.first()).otpId ? 'the same' : 'new';
    },
  },
  {
    section: 2,
    fact: 'reference code after a resend',
    expected: 'new',
    readings: ['the same'],
    run: async (probe) => {
      const { referenceCode } = sentOtp(await accepted(probe.resent()));
      return referenceCode === (await probe.first()).referenceCode ? 'the same' : 'new';
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of the first otpId after a resend',
    expected: '0303',
    readings: ['result false', 'result false + isExprCode'],
    run: async (probe) => {
      await accepted(probe.resent());
      return meaningOf(await probe.verify((await probe.first()).otpId, GUESS));
    },
  },
  {
    section: 2,
    fact: 'code after a resend',
    expected: 'new',
    readings: ['the same'],
    run: async (probe) => {
      const { otpId, code } = await probe.sentToReader();
      const again = await accepted(probe.resend(otpId));
      return (await probe.code(sentOtp(again))) === code ? 'the same' : 'new';
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of the right code',
    expected: 'result true',
    readings: [],
    run: async (probe) => meaningOf((await probe.confirmed()).answer),
  },
  {
    section: 2,
    fact: 'verifyOTP of a code that was confirmed',
    expected: '0306',
    readings: ['result false', 'result true'],
    run: async (probe) => {
      const { otpId, code } = await probe.confirmed();
      return meaningOf(await probe.verify(otpId, code));
    },
  },
  {
    section: 2,
    fact: 'verifyOTP of another code after the right one',
    expected: '0306',
    readings: ['result false', 'result false + isErrorCount'],
    run: async (probe) => meaningOf(await probe.verify((await probe.confirmed()).otpId, GUESS)),
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
      const { otpId } = await probe.sentToExpire();
      await probe.letPass(1);
      return meaningOf(await probe.verify(otpId, GUESS));
    },
  },
  {
    section: 2,
    fact: 'life of the code after a resend',
    expected: 'starts again',
    readings: ['goes on'],
    run: async (probe) => {
      const first = await probe.sentToExpire();
      await probe.letPass(0.6);
      const { otpId } = sentOtp(await accepted(probe.resend(first.otpId)));
      const alive = meaningOf(await probe.verify(otpId, GUESS));
      await probe.letPass(0.6);
      return meaningOf(await probe.verify(otpId, GUESS)) === alive ? 'starts again' : 'goes on';
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

/** @throws Skipped when the resend was refused */
async function accepted(resend: Promise<RawAnswer>): Promise<RawAnswer> {
  const answer = await resend;
  if (meaningOf(answer) !== 'accepted') throw new Skipped('needs an accepted resend');
  return answer;
}

/** A name that is there; what should be true or false, but is not, is shown with its type. */
function withType(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  const flagged = name === 'result' || name.startsWith('is');
  return [flagged && typeof value !== 'boolean' ? `${name} (${typeof value})` : name];
}
