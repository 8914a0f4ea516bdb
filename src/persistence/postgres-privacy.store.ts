import { PrivacyStore } from '../ports/privacy-store.js';
import type { Erasure } from '../ports/privacy-store.js';
import { PRIVACY_SQL } from './privacy.sql.js';
import type { SqlRunner } from './sql-runner.js';

export class PostgresPrivacyStore extends PrivacyStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async erase(instance: string, mobileMacs: readonly Buffer[], batch: number): Promise<Erasure> {
    const [row] = await this.sql.run(PRIVACY_SQL.erase, [instance, mobileMacs, batch]);
    return row as unknown as Erasure;
  }
}
