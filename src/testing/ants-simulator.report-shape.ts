import type { AntsReport } from './ants-simulator.reports.js';

/** How delivery reports are written where the documentation leaves it open. */
export interface AntsReportShape {
  /**
   * `statusArray`: `status` is a list. `detailsObject`: `details` is the one detail. `flat`: no
   * `details`, its fields stand at the root. `infobip`: the form of the API that ANTS' is modelled
   * on. A push about several SMS keeps its list. @default 'documented'
   */
  reportLayout: 'documented' | 'statusArray' | 'detailsObject' | 'flat' | 'infobip';
  /** Where callbackData stands. @default 'detail' */
  reportCallbackData: 'detail' | 'root' | 'status';
  /** JSON reports write the 20 digits of `messageId` as a number, which a double cannot hold. @default false */
  reportNumericIds: boolean;
}

type Fields = Record<string, unknown>;

/** Writes a documented report in the shape that is set. */
export function shapeReport(
  report: AntsReport,
  { reportLayout, reportCallbackData }: AntsReportShape,
): object {
  return layOut(moveCallbackData(report, reportCallbackData), reportLayout);
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
