/** One text for people, in both languages of this module. */
export interface Words {
  en: string;
  th: string;
}

export const words = (en: string, th: string): Words => ({ en, th });

/** Longer spans are all the same to a reader. */
const MOST_DAYS = 999;

/** A span of time for people: `42 s`, `5 min`, `2 min 5 s`, `3 h 20 min`, `4 d`. */
export function span(seconds: number): Words {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return words(`${whole} s`, `${whole} วินาที`);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return parts([minutes, 'min', 'นาที'], [whole % 60, 's', 'วินาที']);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return parts([hours, 'h', 'ชั่วโมง'], [minutes % 60, 'min', 'นาที']);
  return parts([Math.min(MOST_DAYS, Math.floor(hours / 24)), 'd', 'วัน']);
}

/** From one time to a later one, in seconds rounded up; 0 when it has come. */
export function secondsLeft(until: Date, now: Date): number {
  return Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000));
}

/** When something may be done: `now`, or `in 42 s`. */
export function waitOf(seconds: number): Words {
  if (seconds <= 0) return words('now', 'ทันที');
  const { en, th } = span(seconds);
  return words(`in ${en}`, `ในอีก ${th}`);
}

function parts(...given: [count: number, en: string, th: string][]): Words {
  const shown = given.filter(([count]) => count > 0);
  return words(
    shown.map(([count, en]) => `${count} ${en}`).join(' '),
    shown.map(([count, , th]) => `${count} ${th}`).join(' '),
  );
}
