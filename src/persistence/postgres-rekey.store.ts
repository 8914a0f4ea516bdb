import { RekeyStore } from '../ports/rekey-store.js';
import type { KeyedOtp, LimitMove, NumbersPage, Page, RekeyedOtp } from '../ports/rekey-store.js';
import { reader } from './otp.rows.js';
import type { Row } from './otp.rows.js';
import { REKEY_SQL } from './rekey.sql.js';
import type { SqlRunner } from './sql-runner.js';

/** Every method is one guarded statement on the app's own pool. */
export class PostgresRekeyStore extends RekeyStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async stoppedFor(key: string): Promise<number | null> {
    const [row] = await this.sql.run(REKEY_SQL.stoppedFor, [key]);
    return (row?.['seconds'] as number | undefined) ?? null;
  }

  async numbersAfter(
    instance: string,
    former: readonly string[],
    known: readonly string[],
    id: string,
    limit: number,
  ): Promise<NumbersPage> {
    const values = [instance, former, known, id, limit];
    const rows = await this.sql.run(REKEY_SQL.numbersAfter, values);
    const unknown = rows[0]?.['unknown'] as number;
    return { ...pageOf(rows, 'id', toKeyedOtp), unknown };
  }

  async rekeyNumbers(
    instance: string,
    lookupId: string,
    otps: readonly RekeyedOtp[],
  ): Promise<number> {
    const given = JSON.stringify(otps.map(givenOf));
    const [row] = await this.sql.run(REKEY_SQL.rekeyNumbers, [instance, lookupId, given]);
    return row?.['count'] as number;
  }

  async limitsAfter(
    former: readonly string[],
    key: string,
    limit: number,
  ): Promise<Page<{ key: string; lookupId: string }>> {
    return pageOf(await this.sql.run(REKEY_SQL.limitsAfter, [former, key, limit]), 'key', toLimit);
  }

  async rekeyLimits(lookupId: string, moves: readonly LimitMove[]): Promise<number> {
    const [row] = await this.sql.run(REKEY_SQL.rekeyLimits, [
      lookupId,
      moves.map(({ key }) => key),
      moves.map(({ becomes }) => becomes),
    ]);
    return row?.['count'] as number;
  }
}

const KEYED_COLUMNS = [
  'id',
  'lookup_id',
  'mobile_mac',
  'binding_mac',
  'ip_mac',
  'try_mac',
  'unknown_mac',
  'limit_keys',
  'event_count',
  'lease_no',
  'reports',
];
const readKeyed = reader(KEYED_COLUMNS) as (row: Row) => KeyedOtp;
const toKeyedOtp = (row: Row): KeyedOtp => ({
  ...readKeyed(row),
  reports: (row['reports'] ?? {}) as KeyedOtp['reports'],
});
const toLimit = reader(['key', 'lookup_id']) as (row: Row) => { key: string; lookupId: string };

/** Every row names the end of the page; one without a key says nothing else. */
function pageOf<T>(rows: Row[], key: string, toRow: (row: Row) => T): Page<T> {
  return {
    rows: rows.filter((row) => row[key] !== null).map(toRow),
    last: (rows[0]?.['last'] ?? null) as string | null,
  };
}

/** As the columns of `given` are called. */
const givenOf = ({ was, macs }: RekeyedOtp): object => ({
  id: was.id,
  was: bytes(was.mobileMac),
  was_id: was.lookupId,
  event_count: was.eventCount,
  lease_no: was.leaseNo,
  mobile_mac: bytes(macs.mobileMac),
  binding_mac: bytes(macs.bindingMac),
  ip_mac: bytes(macs.ipMac),
  try_mac: bytes(macs.tryMac),
  unknown_mac: bytes(macs.unknownMac),
  limit_keys: macs.limitKeys,
  reports: macs.reports,
});

/** As Postgres reads bytes from a text. */
const bytes = (mac: Buffer | null): string | null => mac && `\\x${mac.toString('hex')}`;
