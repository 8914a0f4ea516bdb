import type { AntsCall } from './ants-simulator.account.js';
import type { AntsErrorCode } from './ants-simulator.answers.js';
import type { AntsFault } from './ants-simulator.faults.js';
import type { AntsReportStatus } from './ants-simulator.reports.js';
import type { AntsReportSchedule } from './ants-simulator.schedule.js';

/** What differs for an OTP from the settings. */
export interface OtpRules {
  /** Always this code, cut to the length that is set. */
  code?: string;
  /** Seconds the code lives. */
  ttl?: number;
  maxAttempts?: number;
}

/** A number that always behaves in one way, so that a test needs no control call. */
export interface AntsMagicNumber {
  /** As a person types it, `0800000301`. */
  readonly mobile: string;
  /** What happens, as one sentence. */
  readonly does: string;
  /** What goes wrong with every call about this number. */
  readonly faults?: Partial<Readonly<Record<AntsCall, AntsFault>>>;
  readonly otp?: OtpRules;
  /** Instead of the schedule that is set. */
  readonly reports?: AntsReportSchedule;
  /** The final status of its reports. @default 'DELIVERED' */
  readonly status?: AntsReportStatus;
}

const PREFIX = '0800000';

function magic(last3: string, does: string, rest: Omit<AntsMagicNumber, 'mobile' | 'does'> = {}) {
  return { mobile: PREFIX + last3, does, ...rest };
}

function refused(code: AntsErrorCode): AntsMagicNumber {
  return magic(code.slice(1), `requestOTP is refused with ${code}`, {
    faults: { requestOTP: { error: code } },
  });
}

function answered(last3: string, does: string, requestOTP: AntsFault): AntsMagicNumber {
  return magic(last3, `requestOTP ${does}`, { faults: { requestOTP } });
}

function verified(last3: string, does: string, verifyOTP: AntsFault): AntsMagicNumber {
  return magic(last3, `verifyOTP ${does}`, { faults: { verifyOTP } });
}

function verifyRefused(last3: string, error: AntsErrorCode): AntsMagicNumber {
  return verified(last3, `always answers ${error}`, { error });
}

function resent(last3: string, does: string, resendOTP: AntsFault): AntsMagicNumber {
  return magic(last3, `resendOTP ${does}`, { faults: { resendOTP } });
}

function reported(status: AntsReportStatus, last3: string): AntsMagicNumber {
  return magic(last3, `the report says ${status}`, { status, reports: 'delivered' });
}

const HTML = { 'content-type': 'text/html' };

/** Every number with a behaviour of its own; any other number of a Thai mobile works as usual. */
export const ANTS_MAGIC_NUMBERS: readonly AntsMagicNumber[] = [
  magic('000', 'the code is always 123456', { otp: { code: '1234567890' } }),

  reported('ACCEPTED', '100'),
  reported('PENDING', '101'),
  reported('UNDELIVERED', '102'),
  reported('DELIVERED', '103'),
  reported('EXPIRED', '104'),
  reported('REJECTED', '105'),
  reported('COMPLETED', '106'),
  magic('110', 'no report ever comes', { reports: 'manual' }),
  magic('111', 'the report comes before the answer', { reports: 'early' }),
  magic('112', 'the report comes late', { reports: 'late' }),
  magic('113', 'the report comes three times', { reports: 'repeated' }),
  magic('114', 'the reports come in the wrong order', { reports: 'shuffled' }),
  magic('115', 'several reports come in one push', { reports: 'batched' }),

  answered('200', 'sends nothing and answers 200 with an empty body', { status: 200 }),
  answered('201', 'sends nothing and answers 200 with HTML', {
    body: '<h1>Welcome</h1>',
    headers: HTML,
  }),
  answered('202', 'sends the SMS, but its answer is cut in the middle', { cut: true }),
  answered('203', 'sends nothing and answers {} with 200', { body: {} }),
  answered('210', 'never answers and sends nothing', { hang: true }),
  answered('211', 'sends the SMS, but never answers', { hang: 'after' }),
  answered('212', 'closes the connection before the work', { drop: 'before' }),
  answered('213', 'sends the SMS and closes the connection', { drop: 'after' }),
  answered('214', 'sends the SMS at once and answers 3 s later', { delayMs: 3000 }),

  refused('0301'),
  refused('0302'),
  refused('0303'),
  refused('0304'),
  refused('0305'),
  refused('0306'),
  refused('0307'),
  refused('9995'),
  refused('9996'),
  refused('9998'),
  refused('9999'),

  answered('400', 'is refused with 9996 under HTTP 400', { error: '9996', status: 400 }),
  answered('401', 'answers HTTP 401 with an empty body', { status: 401 }),
  answered('402', 'is refused with 9995 under HTTP 402', { error: '9995', status: 402 }),
  answered('429', 'answers HTTP 429 with Retry-After: 30', {
    status: 429,
    headers: { 'retry-after': '30' },
  }),
  answered('500', 'answers HTTP 500 with an empty body', { status: 500 }),
  answered('502', 'answers HTTP 502 with HTML', {
    status: 502,
    body: '<h1>502 Bad Gateway</h1>',
    headers: HTML,
  }),

  magic('700', 'the code is always expired', { otp: { ttl: 0 } }),
  magic('701', 'the attempts are always used up', { otp: { maxAttempts: 0 } }),
  verified('702', 'confirms a right code, but never answers', { hang: 'after' }),
  verified('703', 'confirms a right code and closes the connection', { drop: 'after' }),
  verified('704', 'never answers and does nothing', { hang: true }),
  verifyRefused('705', '0306'),
  verifyRefused('706', '0303'),
  verifyRefused('707', '9999'),
  verified('708', 'answers a contradiction: result true and isExprCode true', {
    body: { result: true, isErrorCount: false, isExprCode: true },
  }),
  verified('709', 'answers 200 with HTML', { body: '<h1>Welcome</h1>', headers: HTML }),
  verified('710', 'answers 200 with an empty body', { status: 200 }),
  verified('711', 'answers HTTP 500 with an empty body', { status: 500 }),
  verified('712', 'closes the connection before the work', { drop: 'before' }),
  verified('713', 'confirms a right code, but its answer is cut in the middle', { cut: true }),
  verified('714', 'answers a contradiction: result true and isErrorCount true', {
    body: { result: true, isErrorCount: true, isExprCode: false },
  }),
  verified('715', 'answers a contradiction: result true and both flags true', {
    body: { result: true, isErrorCount: true, isExprCode: true },
  }),
  verified('716', 'answers result false and both flags true', {
    body: { result: false, isErrorCount: true, isExprCode: true },
  }),
  verified('717', 'always answers 0305 under HTTP 400', { error: '0305', status: 400 }),
  resent('720', 'is refused with 9999', { error: '9999' }),
  resent('721', 'is refused with 9995', { error: '9995' }),
  resent('722', 'sends the SMS, but never answers', { hang: 'after' }),
  resent('723', 'is refused with 0303', { error: '0303' }),
  resent('724', 'is refused with 0304', { error: '0304' }),
  resent('725', 'is refused with 0305', { error: '0305' }),
  resent('726', 'is refused with 0306', { error: '0306' }),
  resent('727', 'closes the connection before the work', { drop: 'before' }),
  resent('728', 'sends the SMS and closes the connection', { drop: 'after' }),
  resent('729', 'sends the SMS, but its answer is cut in the middle', { cut: true }),
  verifyRefused('731', '0301'),
  verifyRefused('734', '0304'),
  verifyRefused('735', '0305'),
  verifyRefused('795', '9995'),
  verifyRefused('796', '9996'),
  verifyRefused('798', '9998'),
];

const BY_WIRE = new Map<string, AntsMagicNumber>(
  ANTS_MAGIC_NUMBERS.map((number) => [`66${number.mobile.slice(1)}`, number]),
);

/** The behaviour of a number in its form on the wire, `66800000301`. */
export function magicNumber(wire: string): AntsMagicNumber | undefined {
  return BY_WIRE.get(wire);
}
