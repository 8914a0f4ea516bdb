import type { MarkKind } from '../domain/marks.js';
import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpStop } from '../service/otp-controls.js';
import type { OtpOverview } from '../service/otp-figures.js';
import type { Tone } from './badge.js';

/** Where a trouble can lie: with us, with ANTS, on the way to the phones, or with who asks. */
export const SIDES = ['us', 'ants', 'operators', 'attack'] as const;
export type Side = (typeof SIDES)[number];

/** How one side stands. */
export interface Verdict {
  side: Side;
  tone: Tone;
  /** Why, the worst first; empty when nothing is known against it. */
  reasons: Words[];
}

/** Where to look first at a mark; its sentence stands below. */
const SIDE_OF: Record<MarkKind, Side> = {
  not_sent: 'ants',
  no_reports: 'ants',
  conversion_drop: 'operators',
  range_drop: 'operators',
  range_spike: 'attack',
};

const MARKED: Record<MarkKind, Words> = {
  not_sent: words('Many requests led to no SMS', 'คำขอจำนวนมากไม่ได้ส่ง SMS'),
  no_reports: words('No delivery reports', 'ไม่มีรายงานผลการส่ง'),
  conversion_drop: words('Fewer codes are entered', 'มีการกรอกรหัสน้อยลง'),
  range_drop: words('One range of numbers hardly enters codes', 'หมายเลขช่วงหนึ่งแทบไม่มีการกรอกรหัส'),
  range_spike: words('One range of numbers gets many SMS', 'หมายเลขช่วงหนึ่งได้รับ SMS จำนวนมาก'),
};

const REFUSED = words('ANTS refuses our configuration', 'ANTS ปฏิเสธการตั้งค่าของเรา');
const NO_CREDIT = words('The credit at ANTS is out', 'เครดิตที่ ANTS หมด');
const PAUSED = words('Sends are paused', 'การส่งถูกหยุดไว้');
const AWAY = words('ANTS does not answer', 'ANTS ไม่ตอบ');
const PROBING = words('ANTS is tried again', 'กำลังลองเรียก ANTS อีกครั้ง');
const GUARDED = words('The conversion guard stops a range', 'ระบบป้องกันหยุดส่งถึงหมายเลขบางช่วง');

/** Whose trouble it is, as far as marks, stops and what this process knows of ANTS tell. */
export function verdicts(
  { health, marks }: Pick<OtpOverview, 'health' | 'marks'>,
  stops: readonly OtpStop[],
): Verdict[] {
  const found: (readonly [Side, Tone, Words])[] = [];
  if (health.configuration === 'refused') found.push(['us', 'bad', REFUSED]);
  if (health.credit === 'out') found.push(['us', 'bad', NO_CREDIT]);
  if (health.circuit === 'open') found.push(['ants', 'bad', AWAY]);
  for (const kind of new Set(marks.map((mark) => mark.kind)))
    found.push([SIDE_OF[kind], 'bad', MARKED[kind]]);
  if (health.circuit === 'half-open') found.push(['ants', 'watch', PROBING]);
  if (stops.some(({ kind }) => kind === 'pause')) found.push(['us', 'watch', PAUSED]);
  if (stops.some(({ kind }) => kind === 'guard')) found.push(['attack', 'watch', GUARDED]);
  return SIDES.map((side) => {
    const own = found.filter(([of]) => of === side);
    return { side, tone: own[0]?.[1] ?? 'good', reasons: own.map(([, , reason]) => reason) };
  });
}
