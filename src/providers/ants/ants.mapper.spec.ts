import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../../test/support/any-text.js';
import { FUZZ, FUZZ_TIMEOUT_MS } from '../../../test/contract/provider-fuzz.js';
import { repeats, shapeOf } from '../../../test/contract/provider-shapes.js';
import type { AntsCode } from '../../domain/ants-code.js';
import type { SendOutcome, VerifyOutcome } from '../../ports/otp-provider.js';
import { mapSendAnswer, mapVerifyAnswer, type VerifyFlags } from './ants.mapper.js';

/**
 * Each row: the fact it guards, the HTTP status, the body, the whole outcome. The sections of facts:
 * §1 transport, §2 calls and their answers, §5 mistakes seen in public programs.
 */
type Row<Outcome> = [name: string, status: number, body: unknown, outcome: Outcome];

const OTP_ID = '6B5A1F4E-37D8-4A63-9D3F-0C8F2B7F1C11';
const REF = 'aB3dE5fG7';
const IDS = { otcId: 'F2A1', otpId: OTP_ID, referenceCode: REF };
const SENT = { ...IDS, success: { message: 'Success', description: 'Success' } };
const RIGHT = { otpId: OTP_ID, result: true, isErrorCount: false, isExprCode: false };
const WRONG = { ...RIGHT, result: false };

const asBody = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));
const failure = (code: unknown, message = '') => ({ error: { message, description: '', code } });

const sent: SendOutcome = { kind: 'sent', providerOtpId: OTP_ID, referenceCode: REF };

const DETAILS = {
  exception: 'ANTS reports a fault of its own.',
  credentials: 'ANTS does not accept the user name or the password.',
  request: 'ANTS does not accept the form of the request.',
  credit: 'The ANTS account has no credit left.',
  config: 'ANTS does not know the otcId.',
  prefix: 'ANTS misses the country code of the mobile number.',
  notFound: 'ANTS does not know the otpId.',
  limit: 'The attempts of the OTP are used up at ANTS.',
  expired: 'The OTP has expired at ANTS.',
  used: 'The OTP was already used at ANTS.',
  number: 'ANTS does not accept the mobile number.',
};

type Refused = Extract<SendOutcome, { kind: 'refused' }>;
const refused = (antsCode: AntsCode, reason: Refused['reason'], detail: string): Refused => ({
  kind: 'refused',
  reason,
  antsCode,
  detail,
});

const credit = refused('9995', 'credit', DETAILS.credit);
const credentials = refused('9998', 'credentials', DETAILS.credentials);
const config = refused('0301', 'config', DETAILS.config);
const request = refused('9996', 'request', DETAILS.request);
const badPrefix = refused('0302', 'number', DETAILS.prefix);
const badNumber = refused('0307', 'number', DETAILS.number);
const exception = { kind: 'unknown', antsCode: '9999', detail: DETAILS.exception } as const;

const unclear = (status = 200) =>
  ({ kind: 'unknown', detail: `ANTS' answer could not be understood (HTTP ${status}).` }) as const;
const unknownCode = (unlistedCode: string, status = 200) =>
  ({
    kind: 'unknown',
    unlistedCode,
    detail: `ANTS answered with an error that this version does not know (HTTP ${status}).`,
  }) as const;
const byStatus = (reason: Refused['reason'], detail: string): Refused => ({
  kind: 'refused',
  reason,
  detail,
});
const http401 = byStatus('credentials', 'ANTS asks for valid credentials (HTTP 401).');
const http403 = byStatus('credentials', 'ANTS forbids this account the call (HTTP 403).');
const http404 = byStatus('config', 'ANTS has no such address (HTTP 404): check the base URL.');
const http405 = byStatus('config', 'The address takes no POST (HTTP 405): check the base URL.');
const http429 = byStatus('too_often', 'ANTS was called too often (HTTP 429).');

const SEND_ROWS: Row<SendOutcome>[] = [
  // §2 success
  ['§2 the documented success', 200, SENT, sent],
  [
    '§2 success with code 0000',
    200,
    { ...IDS, success: { message: 'Success', code: '0000' } },
    sent,
  ],
  ['§2 success with code 0 as a number', 200, { ...IDS, success: { code: 0 } }, sent],
  ['§2 success with code "0"', 200, { ...IDS, success: { code: '0' } }, sent],
  ['§2 success by its text alone', 200, { ...IDS, success: { message: 'Success' } }, sent],
  ['§2 success text in Thai', 200, { ...IDS, success: { message: 'สำเร็จ' } }, sent],
  [
    '§2 code 0000 decides over a new text',
    200,
    { ...IDS, success: { message: 'OK', code: '0000' } },
    sent,
  ],
  ['§2 ids without a success object', 200, IDS, sent],
  ['§2 an empty success object denies nothing', 200, { ...IDS, success: {} }, sent],
  ['§2 success: true', 200, { ...IDS, success: true }, sent],
  ['§2 top-level code 0000', 200, { ...SENT, code: '0000', message: 'Success' }, sent],
  ['§2 a code that repeats the HTTP status', 200, { ...SENT, code: 200 }, sent],
  ['§2 error: null beside a success', 200, { ...SENT, error: null }, sent],
  ['§2 an error object with 0000 is none', 200, { ...SENT, error: { code: '0000' } }, sent],
  ['§2 free text at the root denies nothing', 200, { ...SENT, message: 'OTP was sent' }, sent],
  [
    '§1 other key case',
    200,
    { OTPID: OTP_ID, ReferenceCode: REF, SUCCESS: { Message: 'success' } },
    sent,
  ],
  ['§2 old spelling referrenceCode', 200, { otpId: OTP_ID, referrenceCode: REF }, sent],
  ['§2 new spelling wins over the old', 200, { ...SENT, referrenceCode: 'old' }, sent],
  [
    '§2 empty new spelling falls back',
    200,
    { otpId: OTP_ID, referenceCode: '', referrenceCode: REF },
    sent,
  ],
  ['§1 body first: success under HTTP 500', 500, SENT, sent],
  [
    '§2 ids are opaque: kept as they come',
    200,
    { otpId: ' x/1 ', referenceCode: 'ก-1' },
    { kind: 'sent', providerOtpId: ' x/1 ', referenceCode: 'ก-1' },
  ],

  // §2 not a success
  ['§5 HTTP 200 is no success', 200, {}, unclear()],
  ['§2 success without ids', 200, { success: { message: 'Success', code: '0000' } }, unclear()],
  ['§2 ids beside a status that says no', 200, { ...SENT, status: 'FAILED' }, unclear()],
  ['§2 ids beside status: false', 200, { ...IDS, status: false }, unclear()],
  ['§2 success without otpId', 200, { ...SENT, otpId: undefined }, unclear()],
  ['§2 success with empty otpId', 200, { ...SENT, otpId: '' }, unclear()],
  ['§2 success with blank otpId', 200, { ...SENT, otpId: '  ' }, unclear()],
  ['§2 otpId of a wrong type', 200, { ...SENT, otpId: 12345 }, unclear()],
  ['§2 otpId null', 200, { ...SENT, otpId: null }, unclear()],
  ['§2 otpId too long to be one', 200, { ...SENT, otpId: 'x'.repeat(101) }, unclear()],
  ['§2 otpId with a control character', 200, { ...SENT, otpId: 'a\u0000b' }, unclear()],
  ['§2 success without referenceCode', 200, { ...SENT, referenceCode: undefined }, unclear()],
  ['§2 referenceCode of a wrong type', 200, { ...SENT, referenceCode: ['x'] }, unclear()],
  ['§2 success: false beside ids', 200, { ...IDS, success: false }, unclear()],
  [
    '§2 another success text beside ids',
    200,
    { ...IDS, success: { message: 'Failed' } },
    unclear(),
  ],
  [
    '§2 another success code beside ids',
    200,
    { ...IDS, success: { message: 'Success', code: '0399' } },
    unknownCode('0399'),
  ],
  [
    '§2 code 0000 with the text of a failure',
    200,
    { ...IDS, success: { message: 'Exception', code: '0000' } },
    unclear(),
  ],
  [
    '§2 a failure code in the success object',
    200,
    { ...IDS, success: { message: 'Success', code: '9995' } },
    credit,
  ],
  ['§2 an error object beside ids', 200, { ...SENT, ...failure('9995') }, credit],
  ['§2 an empty error object beside ids', 200, { ...SENT, error: {} }, unclear()],
  ['§2 an unknown top-level code beside ids', 200, { ...SENT, code: '9997' }, unknownCode('9997')],
  ['§2 ids inside a wrapper are not documented', 200, { data: SENT }, unclear()],

  // §2 forms of a code
  ['§2 code "301"', 200, failure('301'), config],
  ['§2 code 301', 200, failure(301), config],
  ['§2 code with blanks', 200, failure(' 0301 '), config],
  ['§2 text only', 200, { error: { message: 'Invalid OTP Config' } }, config],
  [
    '§2 text in other case and spacing',
    200,
    { error: { message: ' credit  NOT enough. ' } },
    credit,
  ],
  [
    '§2 text in the description',
    200,
    { error: { message: 'Error', description: 'Invalid Number' } },
    badNumber,
  ],
  ['§2 the code decides over its text', 200, failure('0301', 'Invalid Number'), config],
  ['§2 an unknown code falls back to its text', 200, failure(399, 'Credit not enough'), credit],
  ['§2 error as a code', 200, { error: '0307' }, badNumber],
  ['§2 status in the error object', 200, { error: { status: '9998' } }, credentials],
  ['§2 top-level code', 200, { code: '9995', message: 'Credit not enough' }, credit],
  ['§2 top-level status', 200, { status: '0301' }, config],
  ['§2 top-level message', 200, { message: 'Authentication failed' }, credentials],
  ['§2 top-level description', 200, { description: 'Number Prefix Missing' }, badPrefix],
  ['§1 other key case in a failure', 200, { Error: { Code: '9996', Message: 'x' } }, request],
  ['§2 a code in the error wins over the root', 200, { ...failure('9995'), code: '9999' }, credit],
  [
    '§2 a known root code explains an unknown error',
    200,
    { error: { message: 'x' }, code: '9995' },
    credit,
  ],
  ['§2 an unknown code is unknown, and kept', 200, failure('0399', 'New'), unknownCode('0399')],
  ["§2 a code outside of ANTS' families is not kept", 200, failure('4821', 'New'), unclear()],
  ['§2 an unknown text is unknown', 200, { error: { message: 'ผิดพลาดบางอย่าง' } }, unclear()],
  ['§2 a code of a wrong type', 200, failure({ a: 1 }), unclear()],
  ['§2 an inherited name is no code', 200, failure('constructor'), unclear()],

  // §1 body first, status second
  ['§1 a failure with HTTP 400', 400, failure('0307'), badNumber],
  ['§1 a failure with HTTP 500', 500, failure('9995'), credit],
  ['§1 9999 with HTTP 401 stays unknown', 401, failure('9999'), exception],
  ['§1 401 without a body', 401, '', http401],
  ['§1 401 with HTML', 401, '<html>Unauthorized</html>', http401],
  ['§1 401 with a text that says nothing known', 401, { message: 'Unauthorized' }, http401],
  ['§1 401 with an unknown code', 401, failure('9990'), { ...http401, unlistedCode: '9990' }],
  ['§1 403 without a body', 403, '', http403],
  ['§1 404 without a body', 404, 'Not Found', http404],
  ['§1 405 without a body', 405, '', http405],
  ['§1 429 without a body', 429, '', http429],
  ['§1 429 that repeats itself', 429, { status: 429, error: 'Too Many Requests' }, http429],
  ["§1 400 with a framework's body", 400, { status: 400, error: 'Bad Request' }, request],
  ['§1 400 without a body may have gone through', 400, '', unclear(400)],
  ['§1 408 without a body', 408, '', unclear(408)],
  ['§1 500 without a body', 500, '', unclear(500)],
  ['§1 502 with HTML', 502, '<html>Bad Gateway</html>', unclear(502)],
  ['§1 302 with "0302" is', 302, { code: '0302' }, badPrefix],
  ['§1 ids beside a repeated failing status', 500, { ...SENT, status: 500 }, unclear(500)],
  ['§1 the same in the success object', 399, { ...IDS, success: { code: '399' } }, unclear(399)],
  [
    '§1 an unknown code that only looks like the status',
    399,
    { ...IDS, success: { code: '0399' } },
    unknownCode('0399', 399),
  ],
  ['§1 302 with a repeating code is not 0302', 302, { code: 302 }, unclear(302)],
  ['§1 200 with an empty body', 200, '', unclear()],
  ['§5 non-JSON is not sent', 200, 'Success', unclear()],
  ['§1 cut JSON', 200, asBody(SENT).slice(0, -3), unclear()],
  ['§1 null', 200, 'null', unclear()],
  ['§1 an array', 200, [SENT], unclear()],
  ['§1 a string of JSON', 200, JSON.stringify(asBody(SENT)), unclear()],
  ['§1 one key in two cases', 200, `{"otpId":"a","OTPID":"b","referenceCode":"c"}`, unclear()],
  ['§1 one key twice', 200, `{"otpId":"a","otpId":"b","referenceCode":"c"}`, unclear()],
  ['§1 __proto__ brings no fields', 200, `{"__proto__":${asBody(SENT)}}`, unclear()],
];

/** Rows that hold however the flags are read. */
const VERIFY_ROWS: Row<VerifyOutcome>[] = [
  // §2 reading order
  ['§2 right', 200, RIGHT, { kind: 'right' }],
  ['§2 right without flags', 200, { otpId: OTP_ID, result: true }, { kind: 'right' }],
  [
    '§2 right with null flags',
    200,
    { ...RIGHT, isErrorCount: null, isExprCode: null },
    { kind: 'right' },
  ],
  [
    '§2 right with success words',
    200,
    { ...RIGHT, code: '0000', message: 'Success' },
    { kind: 'right' },
  ],
  [
    '§1 right in other key case',
    200,
    { OtpId: OTP_ID, Result: true, ISERRORCOUNT: false },
    { kind: 'right' },
  ],
  ['§1 right with HTTP 201 and no more', 201, { result: true }, { kind: 'right' }],
  ['§2 wrong is result:false alone', 200, WRONG, { kind: 'wrong' }],
  ['§5 wrong without flags', 200, { result: false }, { kind: 'wrong' }],
  ['§1 wrong beside a repeated status', 400, { ...WRONG, status: 400 }, { kind: 'wrong' }],
  ['§1 wrong with HTTP 400', 400, WRONG, { kind: 'wrong' }],
  [
    '§2 the error object comes first',
    200,
    { ...RIGHT, ...failure('0306') },
    { kind: 'already_used', antsCode: '0306' },
  ],
  ['§2 an unknown error beside right', 200, { ...RIGHT, error: { message: 'x' } }, unclear()],
  ['§2 an unknown code beside right', 200, { ...RIGHT, code: '9997' }, unknownCode('9997')],
  [
    '§2 right under a failing HTTP status',
    500,
    RIGHT,
    { kind: 'unknown', detail: 'ANTS called the code right, but answered HTTP 500.' },
  ],
  [
    '§2 right under a redirect',
    302,
    RIGHT,
    { kind: 'unknown', detail: 'ANTS called the code right, but answered HTTP 302.' },
  ],

  // §2 wrong types are never a success
  ['§5 any JSON is not verified', 200, {}, unclear()],
  ['§5 a success object is not verified', 200, SENT, unclear()],
  ['§5 code 0000 alone is not verified', 200, { code: '0000', message: 'Success' }, unclear()],
  ['§2 right beside a status that says no', 200, { ...RIGHT, status: ' error ' }, unclear()],
  ['§2 result "true"', 200, { ...RIGHT, result: 'true' }, unclear()],
  ['§2 result 1', 200, { ...RIGHT, result: 1 }, unclear()],
  ['§2 result null', 200, { ...RIGHT, result: null }, unclear()],
  ['§2 flag "false"', 200, { ...RIGHT, isExprCode: 'false' }, unclear()],
  ['§2 flag "true"', 200, { ...RIGHT, isErrorCount: 'true' }, unclear()],
  ['§2 flag 0', 200, { ...RIGHT, isErrorCount: 0 }, unclear()],
  ['§2 result in a wrapper', 200, { data: RIGHT }, unclear()],
  ['§2 result in two cases', 200, '{"result":false,"Result":true}', unclear()],
  ['§2 result twice', 200, '{"result":false,"result":true}', unclear()],
  ['§2 result by __proto__', 200, '{"__proto__":{"result":true}}', unclear()],
  ['§1 an empty body', 200, '', unclear()],
  ['§1 HTML', 200, '<html>true</html>', unclear()],
  ['§1 true', 200, 'true', unclear()],
  ['§1 an array', 200, [RIGHT], unclear()],

  // §2 codes
  ['§2 0305 as a number', 200, failure(305), { kind: 'expired', antsCode: '0305' }],
  [
    '§2 0304 by text',
    200,
    { error: { message: 'Over Limit Usage' } },
    { kind: 'limit', antsCode: '0304' },
  ],
  ['§2 0306 at the root', 200, { status: '306' }, { kind: 'already_used', antsCode: '0306' }],
  [
    '§2 0304 beside both flags',
    200,
    { ...WRONG, isErrorCount: true, isExprCode: true, ...failure('0304') },
    { kind: 'limit', antsCode: '0304' },
  ],
  ['§2 an unknown code', 200, failure('0399'), unknownCode('0399')],
  ['§5 an outage is no wrong attempt', 503, '', unclear(503)],
  ['§1 401', 401, '', http401],
  ['§1 404', 404, '', http404],
  ['§1 429', 429, '', http429],
  ['§1 422 without a body', 422, '', unclear(422)],
];

const COUNT = { isErrorCount: true };
const EXPR = { isExprCode: true };

/** Rows that each reading of the flags has for itself: §2, verifyOTP, the conflict. */
const FLAG_ROWS: Record<VerifyFlags, Row<VerifyOutcome>[]> = {
  limit: [
    ['§2 expired', 200, { ...WRONG, ...EXPR }, { kind: 'expired' }],
    ['§2 limit', 200, { ...WRONG, ...COUNT }, { kind: 'limit' }],
    ['§2 expired before limit', 200, { ...WRONG, ...EXPR, ...COUNT }, { kind: 'expired' }],
    ['§2 right and expired is expired', 200, { ...RIGHT, ...EXPR }, { kind: 'expired' }],
    ['§2 right and limit is limit', 200, { ...RIGHT, ...COUNT }, { kind: 'limit' }],
    [
      '§2 right, expired and limit is expired',
      200,
      { ...RIGHT, ...EXPR, ...COUNT },
      { kind: 'expired' },
    ],
    ['§1 limit with HTTP 400', 400, { ...WRONG, ...COUNT }, { kind: 'limit' }],
  ],
  wrong: [
    ['§2 expired', 200, { ...WRONG, ...EXPR }, { kind: 'expired' }],
    ['§2 isErrorCount is wrong', 200, { ...WRONG, ...COUNT }, { kind: 'wrong' }],
    ['§2 expired before wrong', 200, { ...WRONG, ...EXPR, ...COUNT }, { kind: 'expired' }],
    ['§2 right and expired is expired', 200, { ...RIGHT, ...EXPR }, { kind: 'expired' }],
    ['§2 right and wrong is wrong', 200, { ...RIGHT, ...COUNT }, { kind: 'wrong' }],
    [
      '§2 right, expired and wrong is expired',
      200,
      { ...RIGHT, ...EXPR, ...COUNT },
      { kind: 'expired' },
    ],
    ['§1 isErrorCount is wrong with HTTP 400', 400, { ...WRONG, ...COUNT }, { kind: 'wrong' }],
  ],
  swapped: [
    ['§2 isExprCode is limit', 200, { ...WRONG, ...EXPR }, { kind: 'limit' }],
    ['§2 isErrorCount is expired', 200, { ...WRONG, ...COUNT }, { kind: 'expired' }],
    ['§2 expired before limit', 200, { ...WRONG, ...EXPR, ...COUNT }, { kind: 'expired' }],
    ['§2 right and isExprCode is limit', 200, { ...RIGHT, ...EXPR }, { kind: 'limit' }],
    ['§2 right and isErrorCount is expired', 200, { ...RIGHT, ...COUNT }, { kind: 'expired' }],
    [
      '§2 right, expired and limit is expired',
      200,
      { ...RIGHT, ...EXPR, ...COUNT },
      { kind: 'expired' },
    ],
    ['§1 isErrorCount is expired with HTTP 400', 400, { ...WRONG, ...COUNT }, { kind: 'expired' }],
  ],
};
const READINGS = Object.keys(FLAG_ROWS) as VerifyFlags[];

/** §2: every failure code with its documented text, and what it means for each call. */
const CODES: [code: string, message: string, send: SendOutcome, verify: VerifyOutcome][] = [
  ['9999', 'Exception', exception, exception],
  ['9998', 'Authentication failed', credentials, credentials],
  ['9996', 'Bad Request', request, request],
  ['9995', 'Credit not enough', credit, credit],
  ['0301', 'Invalid OTP Config', config, config],
  ['0302', 'Number Prefix Missing', badPrefix, badPrefix],
  [
    '0303',
    'No Data Available OTP',
    refused('0303', 'ended', DETAILS.notFound),
    { kind: 'refused', reason: 'not_found', antsCode: '0303', detail: DETAILS.notFound },
  ],
  [
    '0304',
    'Over Limit Usage',
    refused('0304', 'ended', DETAILS.limit),
    { kind: 'limit', antsCode: '0304' },
  ],
  [
    '0305',
    'OTP Code Expired',
    refused('0305', 'ended', DETAILS.expired),
    { kind: 'expired', antsCode: '0305' },
  ],
  [
    '0306',
    'OTP Code Confirmed',
    refused('0306', 'ended', DETAILS.used),
    { kind: 'already_used', antsCode: '0306' },
  ],
  ['0307', 'Invalid Number', badNumber, badNumber],
];

/** §1 and §2: the forms in which a code is seen or must be expected, at the HTTP status beside it. */
const FORMS: [name: string, status: number, body: (code: string, message: string) => unknown][] = [
  ['code and text', 200, (code, message) => failure(code, message)],
  [
    'code and text beside success fields',
    200,
    (code, message) => ({ ...SENT, ...RIGHT, ...failure(code, message) }),
  ],
  ['the code alone', 200, (code) => failure(code)],
  ['the number', 400, (code) => failure(Number(code))],
  ['the number as a text', 500, (code) => failure(String(Number(code)), 'x')],
  ['the text alone', 422, (_, message) => ({ error: { message } })],
  ['the text as the error', 200, (_, message) => ({ error: message })],
  ['code and text at the root', 401, (code, message) => ({ code, message, description: message })],
  ['the number as the status', 503, (code) => ({ status: Number(code), success: null })],
  ['other key case', 200, (code, message) => ({ ERROR: { Message: message, CODE: code } })],
  ['other letter case', 404, (_, message) => ({ error: { description: message.toUpperCase() } })],
];

const CODE_ROWS = FORMS.flatMap(([form, status, body]) =>
  CODES.map(([code, message, send, verify]) => ({
    name: `§2 ${code} as ${form}`,
    status,
    body: body(code, message),
    send,
    verify,
  })),
);
for (const { name, status, body, send, verify } of CODE_ROWS) {
  SEND_ROWS.push([name, status, body, send]);
  VERIFY_ROWS.push([name, status, body, verify]);
}

describe('mapSendAnswer', () => {
  it.each(SEND_ROWS)('%s', (_name, status, body, outcome) => {
    expect(mapSendAnswer({ status, body: asBody(body) })).toStrictEqual(outcome);
  });
});

describe.each(READINGS)('mapVerifyAnswer, flags read as "%s"', (flags) => {
  it.each([...VERIFY_ROWS, ...FLAG_ROWS[flags]])('%s', (_name, status, body, outcome) => {
    expect(mapVerifyAnswer({ status, body: asBody(body) }, flags)).toStrictEqual(outcome);
  });
});

/** Every status that an answer can have; 1xx are no answers. */
const STATUSES = Array.from({ length: 400 }, (_, n) => 200 + n);

describe.each(CODES)('the code %s', (code, message, send, verify) => {
  it('means the same at every HTTP status', () => {
    const body = asBody(failure(code, message));
    expect(STATUSES.map((status) => mapSendAnswer({ status, body }))).toEqual(
      STATUSES.map(() => send),
    );
    expect(STATUSES.map((status) => mapVerifyAnswer({ status, body }, 'limit'))).toEqual(
      STATUSES.map(() => verify),
    );
  });
});

describe('the tables', () => {
  const all = (
    Object.entries({ send: SEND_ROWS, verify: VERIFY_ROWS, ...FLAG_ROWS }) as [
      string,
      Row<unknown>[],
    ][]
  ).flatMap(([call, rows]) =>
    rows.map(([name, status, body, outcome]) => ({
      call,
      name,
      status,
      body: asBody(body),
      outcome,
    })),
  );

  it('have at least 150 rows, each with its section', () => {
    expect(all.length).toBeGreaterThanOrEqual(150);
    for (const { name } of all) expect(name).toMatch(/^§[125] /);
  });

  it('show no shape with the same outcome twice', () => {
    const rows = all.map(({ call, name, status, body, outcome }) => ({
      name: `${call}: ${name}`,
      shape: [call, Math.floor(status / 100), shapeOf(body), JSON.stringify(outcome)].join(' '),
    }));
    expect(repeats(rows)).toEqual([]);
  });
});

/**
 * One field of a generated answer: the values that belong to a success, and those that spoil it.
 * `ABSENT` leaves the field out.
 */
const ABSENT = undefined;
interface Field {
  good: unknown[];
  bad: unknown[];
}

const ERROR: Field = {
  good: [ABSENT, null, { code: '0000' }],
  bad: [{}, [], 'x', { code: '0306' }, { message: 'Exception' }, { code: 301 }, true, 9999],
};
const CODE: Field = { good: [ABSENT, '0000', 0], bad: ['0305', 9999, '9997', '500'] };
const VERIFY_FIELDS: Record<string, Field> = {
  result: { good: [true], bad: [false, 'true', 1, null, ABSENT, {}, [true]] },
  isErrorCount: { good: [false, null, ABSENT], bad: [true, 'true', 'false', 0, {}, []] },
  isExprCode: { good: [false, null, ABSENT], bad: [true, 'true', '', 1, [false]] },
  error: ERROR,
  code: CODE,
};
const SEND_FIELDS: Record<string, Field> = {
  otpId: { good: [OTP_ID, '1'], bad: ['', ' ', 1, null, ABSENT, {}, 'x'.repeat(101)] },
  referenceCode: { good: [REF], bad: ['', 7, null, ABSENT, []] },
  success: {
    good: [ABSENT, true, { message: 'Success' }, { code: '0000' }],
    bad: [false, 'no', { message: 'Failed' }, { code: '0399' }, { message: 'Bad Request' }, 1],
  },
  error: ERROR,
  code: CODE,
};

interface Built {
  good: boolean;
  body: string;
}

/** Answers built from fields; `good` is known from the choices, not read from the body. */
function built(fields: Record<string, Field>): fc.Arbitrary<Built> {
  const choice = ({ good, bad }: Field) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...good).map((value) => ({ good: true, value })) },
      { weight: 1, arbitrary: fc.constantFrom(...bad).map((value) => ({ good: false, value })) },
    );
  const choices = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, choice(field)]),
  );
  return fc
    .tuple(fc.record(choices), fc.constantFrom('as is', 'upper', 'lower'))
    .map(([chosen, keyCase]) => {
      const cased = (name: string) =>
        keyCase === 'as is' ? name : keyCase === 'upper' ? name.toUpperCase() : name.toLowerCase();
      const entries = Object.entries(chosen).map(([name, { value }]) => [cased(name), value]);
      return {
        good: Object.values(chosen).every(({ good }) => good),
        body: JSON.stringify(Object.fromEntries(entries)),
      };
    });
}

const garbage: fc.Arbitrary<Built> = fc
  .oneof(
    anyText(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.json(),
    fc.constantFrom(
      '<html></html>',
      '[',
      '{"a":',
      '['.repeat(60_000),
      '{"a":'.repeat(9_000),
      '1e999',
    ),
    fc.constantFrom(asBody(RIGHT), asBody(SENT)).chain((body) =>
      // A cut body; never the whole one.
      fc.nat(body.length - 1).map((end) => body.slice(0, end)),
    ),
  )
  .map((body) => ({ good: false, body }));

const statuses = fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 599 }));

describe('fuzz', () => {
  it(
    'verifies exactly the answers that were built as a success, in every reading of the flags',
    () => {
      const answers = fc.oneof({ weight: 3, arbitrary: built(VERIFY_FIELDS) }, garbage);
      fc.assert(
        fc.property(answers, statuses, ({ good, body }, status) => {
          for (const flags of READINGS) {
            const right = mapVerifyAnswer({ status, body }, flags).kind === 'right';
            expect(right).toBe(good && status >= 200 && status < 300);
          }
        }),
        FUZZ,
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'takes exactly the answers for sent that were built as a success',
    () => {
      const answers = fc.oneof({ weight: 3, arbitrary: built(SEND_FIELDS) }, garbage);
      fc.assert(
        fc.property(answers, statuses, ({ good, body }, status) => {
          expect(mapSendAnswer({ status, body }).kind === 'sent').toBe(good);
        }),
        FUZZ,
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
