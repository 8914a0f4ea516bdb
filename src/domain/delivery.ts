/**
 * What is known of an SMS on its way, lowest rank first. A report moves the state up this list and
 * never down, so any order of reports ends in the same row. `external` stands outside the order:
 * the reports go to the caller's own `notifyUrl`.
 */
export const DELIVERY_RANKS = [
  'none',
  'accepted',
  'pending',
  'unknown',
  'completed',
  'expired',
  'rejected',
  'undelivered',
  'delivered',
] as const;

/** A delivery state that a report can bring. */
export type RankedDelivery = (typeof DELIVERY_RANKS)[number];

/** The operator's word that the SMS will not arrive. */
export const FAILED_DELIVERIES = [
  'expired',
  'rejected',
  'undelivered',
] as const satisfies readonly RankedDelivery[];

/** The delivery state of an OTP's newest SMS. */
export type Delivery = RankedDelivery | 'external';

/** One delivery report, stripped of the SMS text, in the provider-neutral form. */
export interface DeliveryReport {
  /** The provider's id of the SMS; a string, because it has 20 digits. */
  messageId?: string;
  bulkId?: string;
  /** The receiver as the provider wrote it. */
  to?: string;
  /** Credit units charged, as the provider wrote it. */
  credit?: string;
  /** When the SMS left, if the date was readable. */
  sentAt?: Date;
  /** When this state was reached, if the date was readable. */
  doneAt?: Date;
  /** The dates as they came, for the history. */
  rawDates?: { sendDate?: string; doneDate?: string };
  delivery: Exclude<RankedDelivery, 'none'>;
  /** The provider's status name and code as they came. */
  statusName?: string;
  statusCode?: string;
  description?: string;
  callbackData?: string;
}

type ReportField = keyof DeliveryReport | keyof NonNullable<DeliveryReport['rawDates']>;
const REPORT_FIELDS: Readonly<Record<ReportField, true>> = {
  messageId: true,
  bulkId: true,
  to: true,
  credit: true,
  sentAt: true,
  doneAt: true,
  rawDates: true,
  sendDate: true,
  doneDate: true,
  delivery: true,
  statusName: true,
  statusCode: true,
  description: true,
  callbackData: true,
};
const FIELD_NAMES = Object.keys(REPORT_FIELDS);

/** Equal for equal reports, in whichever order their fields were set. */
export function reportText(report: DeliveryReport): string {
  return JSON.stringify(report, FIELD_NAMES);
}

/** What a send remembers of the report that won. */
export interface DeliveryFacts {
  delivery: Delivery;
  deliveryCode: string | null;
  description: string | null;
  doneAt: Date | null;
  sentAt: Date | null;
  bulkId: string | null;
  credit: string | null;
}

/** Whether the SMS will surely not arrive. */
export function hasFailed(delivery: Delivery): boolean {
  return (FAILED_DELIVERIES as readonly Delivery[]).includes(delivery);
}

/** The rank of a delivery state; higher wins. `external` never competes. */
export function deliveryRank(delivery: Delivery): number {
  return DELIVERY_RANKS.indexOf(delivery as RankedDelivery);
}

/**
 * Whether `next` replaces `current`. A total order, so that every permutation of the same reports
 * ends in the same row: higher rank, then the earlier done date, then the smaller code, text, sent
 * date, bulk id and credit. Nothing replaces `external`.
 */
export function deliveryWins(next: DeliveryFacts, current: DeliveryFacts): boolean {
  if (current.delivery === 'external') return false;
  const rank = deliveryRank(next.delivery) - deliveryRank(current.delivery);
  if (rank !== 0) return rank > 0;
  const mine = tieBreakers(next);
  const theirs = tieBreakers(current);
  const first = mine.findIndex((value, i) => value !== theirs[i]);
  return first >= 0 && (mine[first] as string) < (theirs[first] as string);
}

/** Compared as texts, one after the other; a missing date comes last, a missing text first. */
const tieBreakers = (facts: DeliveryFacts): string[] => [
  facts.doneAt?.toISOString() ?? 'infinity',
  facts.deliveryCode ?? '',
  facts.description ?? '',
  facts.sentAt?.toISOString() ?? 'infinity',
  facts.bulkId ?? '',
  facts.credit ?? '',
];

/** The history's word for a report that changed the delivery of the newest SMS. */
export function reportEvent(delivery: Delivery): 'delivered' | 'undelivered' | 'delivery_report' {
  if (delivery === 'delivered') return 'delivered';
  return hasFailed(delivery) ? 'undelivered' : 'delivery_report';
}
