import { ControlStore } from '../ports/control-store.js';
import type { PumpedRange, PumpingCheck, Stop } from '../ports/control-store.js';
import type { NumberKey } from '../ports/otp-store.js';
import { CONTROLS_SQL } from './controls.sql.js';
import type { SqlRunner } from './sql-runner.js';

/** Stops and locks as rows of `otp_limits`, seen by every process at its next send. */
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

  async stopPumped({ instance, rule, enforced }: PumpingCheck): Promise<PumpedRange[]> {
    const { sends, verified, seconds } = rule;
    const values = [instance, sends, verified, seconds, enforced];
    return (await this.sql.run(CONTROLS_SQL.stopPumped, values)) as unknown as PumpedRange[];
  }
}
