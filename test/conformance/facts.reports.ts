import { XMLParser } from 'fast-xml-parser';
import type { Fact } from './fact.js';
import { field } from './loose-json.js';
import type { Probe } from './probe.js';

const CALLBACK = 'conformance-17';

/** Section 3: the push, when an address is given that it can reach. One SMS in each form. */
export const REPORT_FACTS: readonly Fact[] = [
  {
    section: 3,
    fact: 'first report of an SMS, beside the answer of requestOTP',
    expected: 'after the answer',
    readings: ['before the answer'],
    run: async (probe) =>
      (await pushed(probe)).beforeAnswer ? 'before the answer' : 'after the answer',
  },
  {
    section: 3,
    fact: 'layout of a JSON report',
    expected: 'bulkId, details[]',
    readings: ['bulkId, details', 'results[]', 'at the root'],
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
      /"messageId"\s*:\s*"/i.test((await pushed(probe)).body) ? 'text' : 'number',
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
];

/** One JSON push of a run: an SMS for each fact would be a waste. */
const PUSHES = new WeakMap<Probe, ReturnType<Probe['report']>>();

function pushed(probe: Probe): ReturnType<Probe['report']> {
  const push = PUSHES.get(probe) ?? probe.report('application/json');
  PUSHES.set(probe, push);
  return push;
}

async function jsonReport(probe: Probe): Promise<unknown> {
  return JSON.parse((await pushed(probe)).body) as unknown;
}

function layoutOf(report: unknown): string {
  const details = field(report, 'details');
  if (Array.isArray(details)) return 'bulkId, details[]';
  if (details !== undefined) return 'bulkId, details';
  return field(report, 'results') === undefined ? 'at the root' : 'results[]';
}

function detailOf(report: unknown): unknown {
  const details = field(report, 'details') ?? field(report, 'results') ?? report;
  return Array.isArray(details) ? (details as unknown[])[0] : details;
}
