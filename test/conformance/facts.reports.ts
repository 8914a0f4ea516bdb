import { XMLParser } from 'fast-xml-parser';
import type { Fact } from './fact.js';
import { field } from './loose-json.js';
import { CALLBACK, type Probe } from './probe.js';

/** The names of a status and their codes (§ 3). */
const STATUS_CODES: Record<string, string> = {
  ACCEPTED: '0',
  PENDING: '1',
  UNDELIVERED: '2',
  DELIVERED: '3',
  EXPIRED: '4',
  REJECTED: '5',
  COMPLETED: '6',
};

/** Section 3: the push, when an address is given that it can reach. One SMS in each form. */
export const REPORT_FACTS: readonly Fact[] = [
  {
    section: 3,
    fact: 'first report of an SMS, beside the answer of requestOTP',
    expected: 'after the answer',
    readings: ['before the answer'],
    run: async (probe) =>
      (await probe.report('application/json')).beforeAnswer
        ? 'before the answer'
        : 'after the answer',
  },
  {
    section: 3,
    fact: 'layout of a JSON report',
    expected: 'bulkId, details[]',
    readings: ['bulkId, details', 'details[]', 'details', 'results[]', 'at the root'],
    run: async (probe) => layoutOf(await jsonReport(probe)),
  },
  {
    section: 3,
    fact: 'status of a JSON report',
    expected: 'object',
    readings: ['list', 'text'],
    run: async (probe) => {
      const status = field(detailOf(await jsonReport(probe)), 'status');
      return Array.isArray(status) ? 'list' : typeof status === 'string' ? 'text' : typeof status;
    },
  },
  {
    section: 3,
    fact: 'name and code of a status',
    expected: 'a documented pair',
    readings: [
      'DELIVERED with "000"',
      'PENDING with "000"',
      'UNDELIVERABLE with "2"',
      'DELIVERED without a code',
      'an unknown name',
    ],
    run: async (probe) => pairOf(field(detailOf(await jsonReport(probe)), 'status')),
  },
  {
    section: 3,
    fact: 'which of to, text and credit a report holds',
    expected: 'to, text, credit',
    readings: ['to, text', 'to, credit', 'to'],
    run: async (probe) => {
      const detail = detailOf(await jsonReport(probe));
      return ['to', 'text', 'credit']
        .filter((name) => field(detail, name) !== undefined)
        .join(', ');
    },
  },
  {
    section: 3,
    fact: 'form of a date in a report',
    expected: '9999-99-99T99:99:99.99',
    readings: [
      '9999-99-99T99:99:99',
      '9999-99-99 99:99:99',
      '9999-99-99T99:99:99.999+9999',
      '9999-99-99T99:99:99.999Z',
    ],
    run: async (probe) => {
      const detail = detailOf(await jsonReport(probe));
      const date = field(detail, 'sendDate') ?? field(detail, 'sentAt');
      return String(date).replace(/\d/g, '9');
    },
  },
  {
    section: 3,
    fact: 'where callbackData stands',
    expected: 'in the detail',
    readings: ['at the root', 'in the status', 'nowhere'],
    run: async (probe) => {
      const report = await jsonReport(probe);
      const detail = detailOf(report);
      if (field(detail, 'callbackData') === CALLBACK) return 'in the detail';
      if (field(report, 'callbackData') === CALLBACK) return 'at the root';
      return JSON.stringify(field(detail, 'status')).includes(CALLBACK)
        ? 'in the status'
        : 'nowhere';
    },
  },
  {
    section: 3,
    fact: 'messageId of a JSON report',
    expected: 'text',
    readings: ['number'],
    run: async (probe) =>
      /"messageId"\s*:\s*"/i.test((await probe.report('application/json')).body)
        ? 'text'
        : 'number',
  },
  {
    section: 3,
    fact: 'reports of a resend',
    expected: 'come, with callbackData',
    readings: ['come, without callbackData', 'never come'],
    run: async (probe) => {
      const report = await probe.reportOfResend();
      if (!report) return 'never come';
      return `come, ${report.body.includes(CALLBACK) ? 'with' : 'without'} callbackData`;
    },
  },
  {
    section: 3,
    fact: 'content type when application/xml was asked for',
    expected: 'application/xml',
    readings: ['text/xml', 'application/json'],
    run: async (probe) => (await probe.report('application/xml')).contentType.split(';')[0] ?? '',
  },
  {
    section: 3,
    fact: 'messageId in an XML report, by its local name',
    expected: 'found',
    readings: [],
    run: async (probe) => {
      const { body } = await probe.report('application/xml');
      const tree: unknown = new XMLParser({ parseTagValue: false, removeNSPrefix: true }).parse(
        body,
      );
      return /"messageId":"\d+"/i.test(JSON.stringify(tree)) ? 'found' : 'missing';
    },
  },
  {
    section: 3,
    fact: 'names of the elements in an XML report',
    expected: 'plain',
    readings: ['with a prefix'],
    run: async (probe) =>
      /<\w+:messageId\b/i.test((await probe.report('application/xml')).body)
        ? 'with a prefix'
        : 'plain',
  },
];

async function jsonReport(probe: Probe): Promise<unknown> {
  return JSON.parse((await probe.report('application/json')).body) as unknown;
}

function layoutOf(report: unknown): string {
  const details = field(report, 'details');
  if (details === undefined)
    return field(report, 'results') === undefined ? 'at the root' : 'results[]';
  const bulk = field(report, 'bulkId') === undefined ? '' : 'bulkId, ';
  return `${bulk}details${Array.isArray(details) ? '[]' : ''}`;
}

function pairOf(given: unknown): string {
  const status = Array.isArray(given) ? (given as unknown[])[0] : given;
  const name = String(typeof status === 'string' ? status : field(status, 'name'));
  const code = field(status, 'code') ?? field(status, 'groupId');
  const known = STATUS_CODES[name];
  if (known === undefined && name !== 'UNDELIVERABLE') return 'an unknown name';
  if (known !== undefined && (code === known || code === Number(known))) return 'a documented pair';
  return code === undefined ? `${name} without a code` : `${name} with ${JSON.stringify(code)}`;
}

function detailOf(report: unknown): unknown {
  const details = field(report, 'details') ?? field(report, 'results') ?? report;
  return Array.isArray(details) ? (details as unknown[])[0] : details;
}
