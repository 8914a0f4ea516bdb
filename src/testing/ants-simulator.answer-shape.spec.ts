import { afterEach, describe, expect, it } from '@jest/globals';
import { AntsCaller, type RawAnswer } from '../../test/conformance/ants-caller.js';
import { shapeAnswer } from './ants-simulator.answer-shape.js';
import { simulatorSettings } from './ants-simulator.options.js';
import { antsError, AntsSimulator, type AntsAnswerShape } from './index.js';

const SENT = {
  otcId: 'A',
  otpId: 'b',
  referenceCode: 'C',
  success: { message: 'Success', description: 'Success', code: '0000' },
};
const CHECKED = { otpId: 'b', result: false, isErrorCount: true, isExprCode: false };
const TEXTS = { message: 'Invalid OTP Config', description: 'Invalid OTP Config' };

describe('shapeAnswer', () => {
  it.each<[string, Partial<AntsAnswerShape>, object, object]>([
    ['leaves a documented answer alone', {}, SENT, SENT],
    [
      'writes keys in lower case',
      { keyCase: 'lower' },
      SENT,
      { otcid: 'A', otpid: 'b', referencecode: 'C', success: SENT.success },
    ],
    [
      'writes keys in upper case, nested ones too',
      { keyCase: 'upper' },
      antsError('0301'),
      { ERROR: { MESSAGE: TEXTS.message, DESCRIPTION: TEXTS.message, CODE: '0301' } },
    ],
    [
      'writes keys in Pascal case',
      { keyCase: 'pascal' },
      CHECKED,
      { OtpId: 'b', Result: false, IsErrorCount: true, IsExprCode: false },
    ],
    [
      'puts a failure at the root',
      { failurePlace: 'root' },
      antsError('0301'),
      { ...TEXTS, code: '0301' },
    ],
    [
      'puts the code of a failure at the root into status',
      { failurePlace: 'status', keyCase: 'pascal', codeForm: 'short' },
      antsError('0301'),
      { Message: TEXTS.message, Description: TEXTS.message, Status: '301' },
    ],
    [
      'leaves status out with the code',
      { failurePlace: 'status', codeForm: 'none' },
      antsError('0301'),
      TEXTS,
    ],
    ['leaves a success where it is', { failurePlace: 'root' }, SENT, SENT],
    [
      'drops leading zeros',
      { codeForm: 'short' },
      antsError('0301'),
      { error: { ...TEXTS, code: '301' } },
    ],
    [
      'writes codes as numbers',
      { codeForm: 'number' },
      antsError('0301'),
      { error: { ...TEXTS, code: 301 } },
    ],
    [
      'writes the success code as a number too',
      { codeForm: 'number' },
      SENT,
      { ...SENT, success: { message: 'Success', description: 'Success', code: 0 } },
    ],
    [
      'answers in Thai',
      { messageLanguage: 'th' },
      antsError('9995'),
      { error: { message: 'เครดิตหมด', description: 'เครดิตหมด', code: '9995' } },
    ],
    [
      'says a success in Thai',
      { messageLanguage: 'th' },
      SENT,
      { ...SENT, success: { message: 'สำเร็จ', description: 'สำเร็จ', code: '0000' } },
    ],
    ['leaves the code out', { codeForm: 'none' }, antsError('0301'), { error: TEXTS }],
    [
      'misspells the reference',
      { referenceKey: 'referrenceCode' },
      SENT,
      { otcId: 'A', otpId: 'b', referrenceCode: 'C', success: SENT.success },
    ],
    [
      'swaps the flags',
      { verifyFlags: 'swapped' },
      CHECKED,
      { otpId: 'b', result: false, isExprCode: true, isErrorCount: false },
    ],
    ['flags a wrong code', { verifyFlags: 'wrong' }, { ...CHECKED, isErrorCount: false }, CHECKED],
    [
      'flags no right code',
      { verifyFlags: 'wrong' },
      { ...CHECKED, result: true, isErrorCount: false },
      { ...CHECKED, result: true, isErrorCount: false },
    ],
    [
      'flags no expired code as a wrong one',
      { verifyFlags: 'wrong' },
      { ...CHECKED, isErrorCount: false, isExprCode: true },
      { ...CHECKED, isErrorCount: false, isExprCode: true },
    ],
    [
      'takes several at once',
      { keyCase: 'lower', failurePlace: 'root', codeForm: 'number' },
      antsError('9999'),
      { message: 'Exception', description: 'Exception', code: 9999 },
    ],
  ])('%s', (_, shape, body, expected) => {
    expect(shapeAnswer(body, simulatorSettings(shape))).toEqual(expected);
  });
});

describe('a simulator', () => {
  let simulator: AntsSimulator;
  afterEach(() => simulator.stop());

  async function ask(shape: Partial<AntsAnswerShape>, mobile: string): Promise<RawAnswer> {
    simulator = new AntsSimulator(shape);
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    return caller.post('/otp/requestOTP', { otcId: otcIds[0], mobile });
  }

  it('shapes what it answers', async () => {
    const { json } = await ask({ referenceKey: 'referrenceCode' }, '66812345678');

    expect(json).toHaveProperty('referrenceCode', simulator.lastSms()?.referenceCode);
  });

  it('shapes its refusals', async () => {
    const { json } = await ask({ failurePlace: 'root', codeForm: 'number' }, '0812345678');

    expect(json).toMatchObject({ code: 302 });
  });

  it('takes a Bearer token in place of HTTP Basic', async () => {
    simulator = new AntsSimulator({ bearerToken: 'the-token' });
    const { username, password } = simulator.settings;
    const basic = new AntsCaller({ baseUrl: await simulator.start(), username, password });

    expect(await basic.post('/account/balance', {})).toMatchObject({ status: 401 });
    const bearer = basic.as({ username, password, bearerToken: 'the-token' });
    expect(await bearer.post('/account/balance', {})).toMatchObject({ status: 200 });
    const other = basic.as({ username, password, bearerToken: 'other' });
    expect(await other.post('/account/balance', {})).toMatchObject({ status: 401 });
    expect(simulator.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Basic [hidden]',
      'Bearer [hidden]',
      'Bearer [hidden]',
    ]);
  });

  it.each([200, 403])('answers %i to a wrong credential by option', async (credentialStatus) => {
    simulator = new AntsSimulator({ credentialStatus });
    const stranger = new AntsCaller({
      baseUrl: await simulator.start(),
      username: 'nobody',
      password: 'wrong',
    });

    expect(await stranger.post('/account/balance', {})).toMatchObject({
      status: credentialStatus,
      json: antsError('9998'),
    });
  });

  it.each([
    ['accept', 'application/xml', 'xml'],
    ['accept', 'text/xml', 'xml'],
    ['accept', 'application/xml, */*;q=0.8', 'json'],
    ['accept', 'application/json', 'json'],
    ['json', 'application/xml', 'json'],
  ] as const)('answers, by %s, to Accept: %s in %s', async (answerFormat, accept, format) => {
    simulator = new AntsSimulator({ answerFormat, accountType: 'postpaid', credit: 3 });
    const { username, password } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });

    const { text } = await caller.post('/account/balance', {}, accept);

    expect(text).toBe(
      format === 'json'
        ? '{"type":"postpaid","credit":3}'
        : '<?xml version="1.0" encoding="UTF-8"?><response><type>postpaid</type><credit>3</credit></response>',
    );
  });

  it('changes its shape while it runs', async () => {
    await ask({}, '66812345678');
    simulator.configure({ keyCase: 'lower', credit: 3 });
    const { username, password } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: simulator.url, username, password });

    const { json } = await caller.post('/otp/requestOTP', { mobile: '66812345678' });

    expect(json).toMatchObject({ error: { code: '9996' } });
    expect(simulator.credit).toBe(3);
  });
});
