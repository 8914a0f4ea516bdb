import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from './database.js';

/** The test's own connections, by `database.query`. */
const OWN_CONNECTIONS = 2;

/**
 * Deadlocks of a database so far. A backend tells of its own at the latest when it ends, so this
 * waits until all others have: close the apps before.
 */
export async function deadlocks(database: TestDatabase): Promise<number> {
  for (;;) {
    const { rows } = await database.query(
      `SELECT numbackends, deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
    );
    const { numbackends, deadlocks: count } = rows[0] as { numbackends: number; deadlocks: number };
    if (numbackends <= OWN_CONNECTIONS) return count;
    await sleep(20);
  }
}
