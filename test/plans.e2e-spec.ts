import { expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { bootApp, nextMobile } from './support/app.js';
import { isPooled } from './support/database.js';

/** After five plans for their values PostgreSQL asks itself whether one for all values will do. */
const LIVES = 8;

// Behind a pooler nothing is prepared.
(isPooled() ? it.skip : it)('plans no statement of a send or a check anew each time', async () => {
  const t = await bootApp({ poolSize: 1 });
  try {
    for (let n = 0; n < LIVES; n++) {
      const mobile = nextMobile();
      const { id, ticket } = await t.otps.request({ mobile, ip: `203.0.113.${n}` });
      await t.database.age('61 s');
      await t.otps.resend(id, { ticket });
      await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
    }
    const statements = await t.app.get(DataSource).query<{ generic: number; custom: number }[]>(
      `SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements
       WHERE name LIKE 'otp\\_%' AND generic_plans + custom_plans >= ${LIVES}`,
    );
    expect(statements.length).toBeGreaterThanOrEqual(7);
    expect(statements.filter(({ generic }) => generic === 0)).toEqual([]);
  } finally {
    await t.close();
  }
});
