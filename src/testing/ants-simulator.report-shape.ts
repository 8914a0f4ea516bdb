import type { AntsReport } from './ants-simulator.reports.js';

/** How delivery reports are written where the documentation leaves it open. */
export interface AntsReportShape {
  /**
   * `statusArray`: `status` is a list. `statusText`: it is the bare name. `detailsObject`: `details` is the one detail. `flat`: no
   * `details`, its fields stand at the root. `infobip`: the form of the API that ANTS' is modelled
   * on. A push about several SMS keeps its list. @default 'documented'
   */
  reportLayout: 'documented' | 'statusArray' | 'statusText' | 'detailsObject' | 'flat' | 'infobip';
  /** Where callbackData stands. @default 'detail' */
  reportCallbackData: 'detail' | 'root' | 'status';
  /** JSON reports write the 20 digits of `messageId` as a number, which a double cannot hold. @default false */
  reportNumericIds: boolean;
  /** A report names its `bulkId`. @default true */
  reportBulkId: boolean;
  /** The name of the status in place of the one that is reported, such as an unknown one. @default null */
  reportStatusName: string | null;
  /** The code of the status in place of its own, such as the sub-code `000`. @default null */
  reportStatusCode: string | null;
  /** What an XML report says it is. @default 'application/xml' */
  reportXmlType: 'application/xml' | 'text/xml';
  /** The elements of an XML report may have a namespace prefix. @default 'plain' */
  reportXmlNames: 'plain' | 'namespaces';
}

type Fields = Record<string, unknown>;

/** Writes a documented report in the shape that is set. */
export function shapeReport(report: AntsReport, shape: AntsReportShape): object {
  const { reportLayout, reportCallbackData, reportBulkId } = shape;
  const renamed = { ...report, details: (report.details as Fields[]).map(renameStatus(shape)) };
  // A text has no room for callbackData: it stays where it was.
  const place =
    reportLayout === 'statusText' && reportCallbackData === 'status'
      ? 'detail'
      : reportCallbackData;
  const laidOut = layOut(moveCallbackData(renamed, place), reportLayout);
  return reportBulkId ? laidOut : withoutBulkId(laidOut);
}

function renameStatus({
  reportStatusName: name,
  reportStatusCode: code,
}: AntsReportShape): (detail: Fields) => Fields {
  if (name === null && code === null) return (detail) => detail;
  return (detail) => ({
    ...detail,
    status: {
      ...(detail.status as Fields),
      ...(name !== null && { name }),
      ...(code !== null && { code }),
    },
  });
}

function withoutBulkId(report: object): object {
  const { results, ...rest } = report as Fields & { results?: object[] };
  const left = Object.entries(rest).filter(([name]) => name !== 'bulkId');
  return { ...Object.fromEntries(left), ...(results && { results: results.map(withoutBulkId) }) };
}

function moveCallbackData(
  report: AntsReport,
  place: AntsReportShape['reportCallbackData'],
): AntsReport {
  if (place === 'detail') return report;
  const details = report.details as Fields[];
  const callbackData = details[0]?.callbackData;
  return {
    ...report,
    details: details.map(({ callbackData: own, ...detail }) =>
      place === 'status' && own !== undefined
        ? { ...detail, status: { ...(detail.status as Fields), callbackData: own } }
        : detail,
    ),
    ...(place === 'root' && callbackData !== undefined && { callbackData }),
  };
}

function layOut(report: AntsReport, layout: AntsReportShape['reportLayout']): object {
  const { details, ...rest } = report;
  const [only] = details.length === 1 ? details : [];
  switch (layout) {
    case 'documented':
      return report;
    case 'statusArray':
      return {
        ...report,
        details: (details as Fields[]).map((detail) => ({ ...detail, status: [detail.status] })),
      };
    case 'statusText':
      return {
        ...report,
        details: (details as Fields[]).map((detail) => ({
          ...detail,
          status: (detail.status as Fields).name,
        })),
      };
    case 'detailsObject':
      return { ...report, details: only ?? details };
    case 'flat':
      return only ? { ...rest, ...only } : report;
    case 'infobip':
      return { results: (details as Fields[]).map((detail) => infobip(detail, rest)) };
  }
}

/** One result of Infobip's push; its dates have a zone, its status a group. */
function infobip(detail: Fields, { bulkId, ...rest }: Omit<AntsReport, 'details'>): Fields {
  const { messageId, to, from, text, sendDate, doneDate, status, callbackData } = detail;
  const { code, name, ...more } = status as Fields;
  return {
    bulkId,
    messageId,
    to,
    from,
    text,
    sentAt: `${String(sendDate)}0+0700`,
    doneAt: `${String(doneDate)}0+0700`,
    smsCount: 1,
    status: { groupId: Number(code), groupName: name, name, ...more },
    callbackData,
    ...rest,
  };
}
