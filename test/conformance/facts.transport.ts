import type { Fact } from './fact.js';
import { field } from './loose-json.js';
import {
  codeFormOf,
  failureOf,
  formatOf,
  jsonOf,
  languageOf,
  meaningOf,
  spellingOf,
} from './read-answer.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const OTHER_STATUSES = ['HTTP 400', 'HTTP 404', 'HTTP 422', 'HTTP 500'];

/** Sections 1 and 4, and the form of failures: none of these calls can send an SMS. */
export const TRANSPORT_FACTS: readonly Fact[] = [
  {
    section: 1,
    fact: 'HTTP status for a wrong password',
    expected: 'HTTP 401',
    readings: ['HTTP 200', 'HTTP 403'],
    run: async (probe) => `HTTP ${(await probe.stranger().post('/account/balance', {})).status}`,
  },
  {
    section: 1,
    fact: 'code for a wrong password',
    expected: '9998',
    readings: [],
    run: async (probe) => meaningOf(await probe.stranger().post('/account/balance', {})),
  },
  {
    section: 4,
    fact: 'fields of /account/balance',
    expected: 'type, credit',
    readings: ['credit, type'],
    run: async (probe) => {
      return Object.keys(jsonOf(await probe.balance()) as object)
        .map((key) => key.toLowerCase())
        .join(', ');
    },
  },
  {
    section: 4,
    fact: 'type of the account',
    expected: 'prepaid',
    readings: ['postpaid'],
    run: async (probe) => String(field(jsonOf(await probe.balance()), 'type')),
  },
  {
    section: 1,
    fact: 'answer to Accept: application/xml',
    expected: 'XML',
    readings: ['JSON'],
    run: async (probe) => formatOf(await probe.balance('application/xml')),
  },
  {
    section: 1,
    fact: 'HTTP status of a business failure (unknown otpId)',
    expected: 'HTTP 200',
    readings: OTHER_STATUSES,
    run: async (probe) => `HTTP ${(await probe.verify(UNKNOWN, '000000')).status}`,
  },
  {
    section: 2,
    fact: 'where a failure stands',
    expected: 'error',
    readings: ['root', 'root, the code in status'],
    run: async (probe) => failureOf(await probe.verify(UNKNOWN, '000000')).place,
  },
  {
    section: 2,
    fact: 'how a failure writes its code',
    expected: '"0303"',
    readings: ['"303"', '303', 'none'],
    run: async (probe) => codeFormOf(await probe.verify(UNKNOWN, '000000')),
  },
  {
    section: 2,
    fact: "language of a failure's message",
    expected: 'English',
    readings: ['Thai', 'no message'],
    run: async (probe) => languageOf(await probe.verify(UNKNOWN, '000000')),
  },
  {
    section: 1,
    fact: "case of a failure's keys",
    expected: 'message',
    readings: ['Message', 'MESSAGE'],
    run: async (probe) =>
      spellingOf(failureOf(await probe.verify(UNKNOWN, '000000')).fields, 'message'),
  },
  {
    section: 2,
    fact: 'verifyOTP of an unknown otpId',
    expected: '0303',
    readings: ['result false'],
    run: async (probe) => meaningOf(await probe.verify(UNKNOWN, '000000')),
  },
  {
    section: 2,
    fact: 'verifyOTP with an otcId in place of the otpId',
    expected: '9996',
    readings: ['0303'],
    run: async (probe) => meaningOf(await probe.verifyByConfiguration('000000')),
  },
  {
    section: 2,
    fact: 'requestOTP without a mobile',
    expected: '9996',
    readings: ['0302', '0307'],
    run: async (probe) => meaningOf(await probe.requestToNobody()),
  },
];
