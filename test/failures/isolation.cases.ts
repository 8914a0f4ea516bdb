import { describe, expect, it } from '@jest/globals';
import { PostgresOtpStore } from '../../src/persistence/postgres-otp.store.js';
import { SqlRunner } from '../../src/persistence/sql-runner.js';
import { applyReport, pendingOtp, storeReport } from '../contract/store-fixtures.js';
import { createMigratedDatabase } from '../support/database.js';

describe.each(['repeatable read', 'serializable'])('a database that is %s by default', (level) => {
  it('takes in 20 delivery reports of one OTP from 20 processes at once', async () => {
    const database = await createMigratedDatabase();
    try {
      await database.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), '${level}'); END $$`,
      );
      const store = new PostgresOtpStore(new SqlRunner(database.pool(20)));
      const otp = await pendingOtp(store);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          applyReport(store, storeReport(otp, { delivery: 'pending', messageId: String(n) })),
        ),
      );
      expect(results.filter((result) => result === 'applied')).toHaveLength(1);
      expect(results.filter((result) => result === 'recorded')).toHaveLength(19);
      expect(await store.history(otp.id)).toHaveLength(22);
    } finally {
      await database.drop();
    }
  });
});
