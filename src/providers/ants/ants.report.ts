import type { UnreadableReason } from '../../domain/unreadable-report.js';
import type { ReportReading } from '../../ports/otp-provider.js';
import { decodeBody } from './ants.charset.js';
import { parseJson } from './ants.json.js';
import { fieldNamesOf, formFieldNames } from './ants.report-fields.js';
import { readReports } from './ants.report-shape.js';
import { parseXml } from './ants.xml.js';

/** The limit of the API that ANTS' is modelled on. */
const MAX_REPORTS = 100;
/** A report has about 600 bytes; the webhook lets half of this in. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a delivery report push, JSON or XML: two front ends, one reader of shapes behind them. What
 * the body starts with decides, as a content type can be wrong or missing. No body makes it throw.
 */
export async function parseReports(body: Buffer, contentType: string): Promise<ReportReading> {
  if (body.length > MAX_BYTES) return unreadable('too_large', 'The body is longer than 64 KB.');
  const decoded = decodeBody(body, contentType);
  if ('unknownCharset' in decoded) {
    return unreadable(
      'charset',
      `The charset "${decoded.unknownCharset}" cannot be read: send UTF-8.`,
    );
  }
  const source = decoded.text.trimStart();
  const xml = source.startsWith('<');
  const tree = xml ? await parseXml(source) : parseJson(source, (digits) => digits);
  if (tree === undefined) {
    return unreadable(
      'syntax',
      xml ? 'The body is not well-formed XML without a DTD.' : 'The body is neither JSON nor XML.',
      formFieldNames(source, contentType),
    );
  }
  const reports = readReports(tree, MAX_REPORTS);
  if (!reports)
    return unreadable(
      'too_many',
      `The push holds more than ${MAX_REPORTS} reports.`,
      fieldNamesOf(tree),
    );
  if (reports.length === 0)
    return unreadable('no_report', 'The body holds no delivery report.', fieldNamesOf(tree));
  return { kind: 'read', reports };
}

function unreadable(
  reason: UnreadableReason,
  detail: string,
  fieldNames: readonly string[] = [],
): ReportReading {
  return { kind: 'unreadable', reason, detail, fieldNames };
}
