import { LosslessNumber, stringify } from 'lossless-json';
import type { SentSms } from './ants-simulator.account.js';
import { shapeReport, type AntsReportShape } from './ants-simulator.report-shape.js';
import { toXml } from './ants-simulator.xml.js';

const STATUSES = {
  ACCEPTED: { code: '0', description: 'Message accepted' },
  PENDING: { code: '1', description: 'Message pending' },
  UNDELIVERED: { code: '2', description: 'Message not delivered' },
  UNDELIVERABLE: { code: '2', description: 'Message not delivered' },
  DELIVERED: { code: '3', description: 'Message delivered to handset' },
  EXPIRED: { code: '4', description: 'Message expired' },
  REJECTED: { code: '5', description: 'Message rejected' },
  COMPLETED: { code: '6', description: 'Message completed' },
} as const;

/** The status names that are known; any other comes in with `reportStatusName`. */
export type AntsReportStatus = keyof typeof STATUSES;

/** Every status name. */
export const ANTS_REPORT_STATUSES = Object.keys(STATUSES) as AntsReportStatus[];

/** One SMS in a delivery report, in the documented order of fields. */
export interface AntsReportDetail {
  messageId: string;
  to: string;
  from: string;
  text: string;
  credit: number;
  sendDate: string;
  doneDate: string;
  status: { code: string; name: string; description: string };
  callbackData?: string;
}

/** The body of a delivery report. */
export interface AntsReport {
  bulkId: string;
  details: object[];
}

/** What `AntsSimulator.report` posts. */
export interface AntsReportOptions extends Partial<AntsReportShape> {
  /** Several come in one push, one detail each. @default 'DELIVERED' */
  status?: AntsReportStatus | readonly AntsReportStatus[];
  /** How often the same report is posted, one after the other. @default 1 */
  times?: number;
  /** Replaces the detail, for other fields. */
  patch?: (detail: AntsReportDetail) => object;
  /** Replaces the whole body in place of a layout, for fields in other places. */
  root?: (report: AntsReport) => object;
}

/** A push, ready to be posted. */
export interface RenderedReport {
  contentType: string;
  body: string;
}

/** ANTS names none: whoever reads local names does not care. */
const NAMESPACE = { prefix: 'ants', uri: 'urn:ants:report' };

const BANGKOK_OFFSET_MS = 7 * 60 * 60 * 1000;

/** How a body is written in each content type a request can ask for. */
const RENDERERS = new Map<string, (report: object, shape: AntsReportShape) => string>([
  ['application/json', toJson],
  [
    'application/xml',
    (report, { reportXmlNames }) =>
      `<?xml version="1.0" encoding="UTF-8"?>${toXml('report', report, reportXmlNames === 'namespaces' ? NAMESPACE : undefined)}`,
  ],
]);

/** Whether reports can be written in this content type. */
export function isReportContentType(contentType: string): boolean {
  return RENDERERS.has(contentType);
}

/** The report on one or several SMS, as the content type of the first one's request wants it. */
export function renderReport(
  messages: readonly [SentSms, ...SentSms[]],
  doneAt: number,
  {
    status = 'DELIVERED',
    patch = (detail) => detail,
    root,
    ...shape
  }: AntsReportOptions & AntsReportShape,
): RenderedReport {
  const [first] = messages;
  const contentType = first.notifyContentType ?? 'application/json';
  const render = RENDERERS.get(contentType);
  if (!render) throw new Error(`The simulator writes no ${contentType} reports.`);
  const statuses: readonly AntsReportStatus[] = typeof status === 'string' ? [status] : status;
  const report: AntsReport = {
    bulkId: first.bulkId,
    details: messages.flatMap((sms) => statuses.map((name) => patch(detailOf(sms, name, doneAt)))),
  };
  return {
    contentType: contentType === 'application/xml' ? shape.reportXmlType : contentType,
    body: render(root ? root(report) : shapeReport(report, shape), shape),
  };
}

function detailOf(sms: SentSms, name: AntsReportStatus, doneAt: number): AntsReportDetail {
  const { code, description } = STATUSES[name];
  return {
    messageId: sms.messageId,
    to: sms.to,
    from: sms.from,
    text: sms.text,
    credit: 1,
    sendDate: bangkokTime(sms.sentAt),
    doneDate: bangkokTime(doneAt),
    status: { code, name, description },
    callbackData: sms.callbackData,
  };
}

function toJson(report: object, { reportNumericIds }: AntsReportShape): string {
  if (!reportNumericIds) return JSON.stringify(report);
  const numeric = (key: string, value: unknown): unknown =>
    key === 'messageId' && typeof value === 'string' ? new LosslessNumber(value) : value;
  return stringify(report, numeric) ?? '';
}

/** `2019-05-27T14:39:00.00`, the one spelling seen: Bangkok time without a zone. */
function bangkokTime(at: number): string {
  return new Date(at + BANGKOK_OFFSET_MS).toISOString().slice(0, 22);
}
