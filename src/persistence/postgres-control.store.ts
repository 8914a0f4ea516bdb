import { ControlStore } from '../ports/control-store.js';
import type { PumpedRange, PumpingCheck, PumpingResult, Stop } from '../ports/control-store.js';
import type { NumberKey } from '../ports/otp-store.js';
import { CONTROLS_SQL } from './controls.sql.js';
import { STOP_PUMPED } from './conversions.sql.js';
import type { Row } from './otp.rows.js';
import type { SqlRunner } from './sql-runner.js';

/** Stops and locks as rows of `otp_limits`, seen by every process at its next send; conversions as sums in `otp_conversions`. */
export class PostgresControlStore extends ControlStore {
  constructor(
    private readonly sql: SqlRunner,
    private readonly lookupId: string,
  ) {
    super();
  }

  async stop(key: string, seconds: number | null): Promise<void> {
    await this.sql.run(CONTROLS_SQL.stop, [key, seconds, this.lookupId]);
  }

  async lift(key: string): Promise<boolean> {
    return (await this.sql.run(CONTROLS_SQL.lift, [key])).length > 0;
  }

  async stops(instance: string): Promise<Stop[]> {
    const rows = await this.sql.run(CONTROLS_SQL.stops, [instance]);
    return rows.map((row) => ({
      kind: row['kind'] as Stop['kind'],
      key: row['key'] as string,
      until: row['until'] as Date | null,
      mobileMask: row['mobile_mask'] as string | null,
    }));
  }

  async unlock({ instance, purpose, mobileMac }: NumberKey): Promise<boolean> {
    const [row] = await this.sql.run(CONTROLS_SQL.unlock, [instance, purpose, mobileMac]);
    return (row?.['count'] as number) > 0;
  }

  async stopPumped({ instance, rule, enforced }: PumpingCheck): Promise<PumpingResult> {
    const { sends, verified, seconds } = rule;
    const values = [instance, sends, verified, seconds, enforced, this.lookupId];
    const rows = await this.sql.run(STOP_PUMPED, values);
    return {
      pumped: rows.filter(({ key }) => key !== null).map(toPumped),
      behind: rows[0]?.['behind'] === true,
    };
  }
}

const toPumped = (row: Row): PumpedRange => ({
  key: row['key'] as string,
  sends: row['sends'] as number,
  verified: row['verified'] as number,
});
