const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * A date of a delivery report, or `undefined`. The one date that ANTS' documentation shows has no
 * zone, so such a date is Bangkok time; the API that ANTS' is modelled on writes `+0100`.
 */
export function parseReportDate(text = ''): Date | undefined {
  const parts = DATE.exec(text.trim());
  if (!parts) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] =
    parts;
  const local = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour}:${minute}:${second}`;
  const millis = fraction.padEnd(3, '0').slice(0, 3);
  const asUtc = new Date(`${local}.${millis}Z`);
  // The round trip refuses what Date would silently move, such as 30 February or hour 24.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(local)) return undefined;
  return new Date(asUtc.getTime() - offsetMinutes(zone ?? '+07:00') * 60_000);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0);
  return zone.startsWith('-') ? -minutes : minutes;
}
