const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** 1957 to 2156 in the common era. Later years are no Buddhist dates: 9999 often stands for "never". */
const FIRST_BUDDHIST_YEAR = 2500;
const LAST_BUDDHIST_YEAR = 2699;

/**
 * A date of a delivery report, or `undefined`. The one date that ANTS' documentation shows has no
 * zone, so such a date is Bangkok time; the API that ANTS' is modelled on writes `+0100`.
 */
export function parseReportDate(text = ''): Date | undefined {
  const parts = DATE.exec(text.trim());
  if (!parts) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] =
    parts;
  const local = `${christian(year ?? '')}-${month ?? ''}-${day ?? ''}T${hour}:${minute}:${second}`;
  const millis = fraction.padEnd(3, '0').slice(0, 3);
  const asUtc = new Date(`${local}.${millis}Z`);
  // The round trip refuses what Date would silently move, such as 30 February or hour 24.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(local)) return undefined;
  const offset = offsetMinutes(zone ?? '+07:00');
  return offset === undefined ? undefined : new Date(asUtc.getTime() - offset * 60_000);
}

/** Thai software often counts years from the Buddha's death: 2562 is 2019. */
function christian(year: string): string {
  const isBuddhist = Number(year) >= FIRST_BUDDHIST_YEAR && Number(year) <= LAST_BUDDHIST_YEAR;
  return isBuddhist ? String(Number(year) - 543) : year;
}

/** `undefined` for what no place on earth has: the farthest are 14 h from UTC. */
function offsetMinutes(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const past = Number(zone.slice(3).replace(':', '') || 0);
  const minutes = Number(zone.slice(1, 3)) * 60 + past;
  if (past > 59 || minutes > 14 * 60) return undefined;
  return zone.startsWith('-') ? -minutes : minutes;
}
