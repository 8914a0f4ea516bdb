import { describe, expect, it } from '@jest/globals';
import { bootApp, nextMobile } from '../support/app.js';
import { createMigratedDatabase } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

describe.each(['repeatable read', 'serializable'])('a database that is %s by default', (level) => {
  it('takes in 20 delivery reports of one OTP at once', async () => {
    const simulator = recordedSimulator({ reports: 'manual' });
    await simulator.start();
    const database = await createMigratedDatabase();
    await database.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), '${level}'); END $$`,
    );
    const apps = [
      await bootApp({ simulator, database }),
      await bootApp({ simulator, database, migrationsRun: false }),
    ];
    try {
      const mobile = nextMobile();
      const { id } = await apps[0]!.otps.request({ mobile });
      const { notifyUrl } = simulator.lastSms(mobile)!;
      const path = new URL(notifyUrl!).pathname;
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const { status } = await fetch(`${apps[n % 2]!.url}${path}`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ details: [{ messageId: `7${n}`, statusName: 'PENDING' }] }),
          });
          return status;
        }),
      );
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(await apps[0]!.otps.history(id)).toHaveLength(22);
    } finally {
      for (const app of apps) await app.close();
      await database.drop();
      await simulator.stop();
    }
  });
});
