import { PrivacyStore } from '../ports/privacy-store.js';
import type { Erasure, ResealedNumber, SealedNumber } from '../ports/privacy-store.js';
import { PRIVACY_SQL } from './privacy.sql.js';
import type { Row } from './otp.rows.js';
import type { SqlRunner } from './sql-runner.js';

/** Every method is one guarded statement on the app's own pool. */
export class PostgresPrivacyStore extends PrivacyStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async erase(instance: string, mobileMacs: readonly Buffer[], batch: number): Promise<Erasure> {
    const [row] = await this.sql.run(PRIVACY_SQL.erase, [instance, mobileMacs, batch]);
    return row as unknown as Erasure;
  }

  async unmask(instance: string, id: string, actor: string): Promise<SealedNumber | null> {
    const [row] = await this.sql.run(PRIVACY_SQL.unmask, [instance, id, actor]);
    return row ? sealedNumber(row) : null;
  }

  async sealedAfter(instance: string, id: string, limit: number): Promise<SealedNumber[]> {
    const rows = await this.sql.run(PRIVACY_SQL.sealedAfter, [instance, id, limit]);
    return rows.map(sealedNumber);
  }

  async reseal(numbers: readonly ResealedNumber[], keyId: string): Promise<number> {
    const [row] = await this.sql.run(PRIVACY_SQL.reseal, [
      numbers.map(({ id }) => id),
      numbers.map(({ was }) => was),
      numbers.map(({ sealed }) => sealed),
      keyId,
    ]);
    return row?.['count'] as number;
  }
}

const sealedNumber = (row: Row): SealedNumber => ({
  id: row['id'] as string,
  keyId: row['key_id'] as string,
  sealed: row['sealed'] as Buffer | null,
});
