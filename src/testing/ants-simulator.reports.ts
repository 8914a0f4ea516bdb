import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SentSms } from './ants-simulator.account.js';

const STATUSES = {
  ACCEPTED: { code: '0', description: 'Message accepted' },
  PENDING: { code: '1', description: 'Message pending' },
  UNDELIVERED: { code: '2', description: 'Message not delivered' },
  DELIVERED: { code: '3', description: 'Message delivered to handset' },
  EXPIRED: { code: '4', description: 'Message expired' },
  REJECTED: { code: '5', description: 'Message rejected' },
  COMPLETED: { code: '6', description: 'Message completed' },
} as const;

/** The status names a report can carry; any other comes in with `patch`. */
export type AntsReportStatus = keyof typeof STATUSES;

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
export interface AntsReportOptions {
  /** @default 'DELIVERED' */
  status?: AntsReportStatus;
  /** How often the same report is posted, one after the other. @default 1 */
  times?: number;
  /** Replaces the detail, for another shape or an unknown status. */
  patch?: (detail: AntsReportDetail) => object;
  /** Replaces the whole body, for fields in other places. */
  root?: (report: AntsReport) => object;
}

const BANGKOK_OFFSET_MS = 7 * 60 * 60 * 1000;

/** How a body is written in each content type a request can ask for. */
const RENDERERS = new Map<string, (report: object) => string>([
  ['application/json', (report) => JSON.stringify(report)],
]);

/** Whether reports can be written in this content type. */
export function isReportContentType(contentType: string): boolean {
  return RENDERERS.has(contentType);
}

/** The report on an SMS as the content type of its request wants it. */
export function renderReport(
  sms: SentSms,
  doneAt: number,
  { status = 'DELIVERED', patch = same, root = same }: AntsReportOptions,
): { contentType: string; body: string } {
  const contentType = sms.notifyContentType ?? 'application/json';
  const render = RENDERERS.get(contentType);
  if (!render) throw new Error(`The simulator writes no ${contentType} reports.`);
  const { code, description } = STATUSES[status];
  const detail = patch({
    messageId: sms.messageId,
    to: sms.to,
    from: sms.from,
    text: sms.text,
    credit: 1,
    sendDate: bangkokTime(sms.sentAt),
    doneDate: bangkokTime(doneAt),
    status: { code, name: status, description },
    callbackData: sms.callbackData,
  });
  return { contentType, body: render(root({ bulkId: sms.bulkId, details: [detail] })) };
}

/** Posts a report on a connection of its own and gives the HTTP status of the reply. */
export function pushReport(
  url: string,
  { contentType, body }: { contentType: string; body: string },
  signal: AbortSignal,
): Promise<number> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on('error', reject)
      .end(body);
  });
}

/** `2019-05-27T14:39:00.00`, the one spelling seen: Bangkok time without a zone. */
function bangkokTime(at: number): string {
  return new Date(at + BANGKOK_OFFSET_MS).toISOString().slice(0, 22);
}

function same<T>(value: T): T {
  return value;
}
