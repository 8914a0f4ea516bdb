import { PARTS, RECENT_PARTS, sumOf } from './figures.js';
import type { Cell, Counts, RangeCounts } from './figures.js';
import { words } from './words.js';
import type { Words } from './words.js';

/** Fewer OTPs say nothing. */
const LEAST = 20;
/** The newest share of verified OTPs is a drop below this share of the one before. */
const DROP = 0.5;
/** Of what is asked for, so much is not sent. */
const UNSENT = 0.2;
/** A range is a spike when it has so many times its share of before. */
const SPIKE = 3;
/** Smaller shares of the SMS are no spike: a range that had none before has many times that at once. */
const SPIKE_SHARE = 0.1;

/** The codes of a range are hardly entered below this share of all the others' share. */
const RANGE_DROP = 0.5;

/** What a mark looks at. */
export interface Marked {
  cells: readonly Cell[];
  ranges: readonly RangeCounts[];
  /** Whether delivery reports are asked for at all. */
  reported: boolean;
}

export type MarkKind = 'conversion_drop' | 'no_reports' | 'not_sent' | 'range_drop' | 'range_spike';

/** Something an operator should look at, and the rule that found it. */
export interface Mark {
  kind: MarkKind;
  what: Words;
  rule: Words;
  /** The key of the range that it is about. */
  range?: string;
}

/** What stands out in the newest quarter of the time, against the three before. */
export function marksOf({ cells, ranges, reported }: Marked): Mark[] {
  const isRecent = ({ part }: Cell): boolean => part >= PARTS - RECENT_PARTS;
  const recent = sumOf(cells.filter(isRecent));
  const before = sumOf(cells.filter((cell) => !isRecent(cell)));
  return [
    conversionDrop(recent, before),
    reported ? noReports(recent) : null,
    notSent(recent),
    // Who has SMS sent for their price enters no codes either; that is no operator's trouble.
    ...ranges.map((range) => rangeSpike(range, recent, before) ?? rangeDrop(range, sumOf(cells))),
  ].filter((mark) => mark !== null);
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const percent = (value: number): string => `${Math.round(value * 100)} %`;

function conversionDrop(recent: Counts, before: Counts): Mark | null {
  if (recent.ended < LEAST || before.ended < LEAST) return null;
  const [now, then] = [recent, before].map(({ verified, ended }) => share(verified, ended)) as [
    number,
    number,
  ];
  if (now >= then * DROP) return null;
  return {
    kind: 'conversion_drop',
    what: words(
      `Only ${percent(now)} of the sent codes were entered, ${percent(then)} before.`,
      `มีการกรอกรหัสที่ส่งเพียง ${percent(now)} จากเดิม ${percent(then)}`,
    ),
    rule: words(
      `In the newest quarter of the time less than half the share of the three before, of at least ${LEAST} OTPs each whose time is over.`,
      `ในช่วงหนึ่งในสี่ล่าสุด สัดส่วนน้อยกว่าครึ่งหนึ่งของสามช่วงก่อนหน้า โดยแต่ละส่วนมี OTP ที่สิ้นสุดแล้วอย่างน้อย ${LEAST} รายการ`,
    ),
  };
}

function noReports({ ended, reported }: Counts): Mark | null {
  if (ended < LEAST || reported > 0) return null;
  return {
    kind: 'no_reports',
    what: words(
      `No delivery report came for ${ended} SMS.`,
      `ไม่มีรายงานผลการส่งสำหรับ SMS ${ended} รายการ`,
    ),
    rule: words(
      `In the newest quarter of the time at least ${LEAST} OTPs were sent whose time is over, and no report came for any.`,
      `ในช่วงหนึ่งในสี่ล่าสุด มี OTP ที่ส่งและสิ้นสุดแล้วอย่างน้อย ${LEAST} รายการ แต่ไม่มีรายงานเลย`,
    ),
  };
}

function notSent({ requested, sent }: Counts): Mark | null {
  const missing = share(requested - sent, requested);
  if (requested < LEAST || missing <= UNSENT) return null;
  return {
    kind: 'not_sent',
    what: words(
      `${percent(missing)} of ${requested} requests led to no SMS.`,
      `คำขอ ${percent(missing)} จาก ${requested} รายการไม่ได้ส่ง SMS`,
    ),
    rule: words(
      `In the newest quarter of the time more than ${percent(UNSENT)} of at least ${LEAST} requests.`,
      `ในช่วงหนึ่งในสี่ล่าสุด มากกว่า ${percent(UNSENT)} ของคำขออย่างน้อย ${LEAST} รายการ`,
    ),
  };
}

function rangeSpike(range: RangeCounts, recent: Counts, before: Counts): Mark | null {
  const now = share(range.recent, recent.sent);
  const then = share(range.sent - range.recent, before.sent);
  const isMore = range.recent * before.sent >= SPIKE * (range.sent - range.recent) * recent.sent;
  if (range.recent < LEAST || before.sent < LEAST || now < SPIKE_SHARE || !isMore) return null;
  return {
    kind: 'range_spike',
    range: range.key,
    what: words(
      `One range of numbers has ${percent(now)} of the SMS, ${percent(then)} before.`,
      `หมายเลขช่วงเดียวมี SMS ${percent(now)} จากเดิม ${percent(then)}`,
    ),
    rule: words(
      `In the newest quarter of the time at least ${LEAST} SMS to one range, ${percent(SPIKE_SHARE)} of all, and at least ${SPIKE} times its share of the three before.`,
      `ในช่วงหนึ่งในสี่ล่าสุด มี SMS ถึงช่วงเดียวอย่างน้อย ${LEAST} รายการ เป็น ${percent(SPIKE_SHARE)} ของทั้งหมด และอย่างน้อย ${SPIKE} เท่าของสัดส่วนเดิม`,
    ),
  };
}

/** An operator's trouble shows in the numbers that are its own. */
function rangeDrop(range: RangeCounts, all: Counts): Mark | null {
  const others = { ended: all.ended - range.ended, verified: all.verified - range.verified };
  if (range.ended < LEAST || others.ended < LEAST) return null;
  const [own, rest] = [
    share(range.verified, range.ended),
    share(others.verified, others.ended),
  ] as const;
  if (own >= rest * RANGE_DROP) return null;
  return {
    kind: 'range_drop',
    range: range.key,
    what: words(
      `Only ${percent(own)} of the codes sent to one range of numbers were entered, ${percent(rest)} of all others.`,
      `มีการกรอกรหัสที่ส่งถึงหมายเลขช่วงหนึ่งเพียง ${percent(own)} ส่วนหมายเลขอื่นทั้งหมด ${percent(rest)}`,
    ),
    rule: words(
      `In the whole time less than half the share of all other numbers, of at least ${LEAST} OTPs each whose time is over.`,
      `ตลอดช่วงเวลา สัดส่วนน้อยกว่าครึ่งหนึ่งของหมายเลขอื่นทั้งหมด โดยแต่ละส่วนมี OTP ที่สิ้นสุดแล้วอย่างน้อย ${LEAST} รายการ`,
    ),
  };
}
