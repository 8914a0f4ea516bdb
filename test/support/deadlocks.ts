import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from './database.js';

/** The test's own connections, by `database.query`. */
const OWN_CONNECTIONS = 2;
/** A backend that idles tells what it has counted after 10 s (PGSTAT_IDLE_INTERVAL). Milliseconds. */
const TOLD_AFTER_MS = 11_000;

/**
 * Deadlocks of a database so far. A backend tells of its own at the latest when it ends, so this waits
 * until all others have, for which the apps must be closed; a pooler's stay, and tell while they idle.
 */
export async function deadlocks(database: TestDatabase): Promise<number> {
  const deadline = performance.now() + TOLD_AFTER_MS;
  for (;;) {
    const { rows } = await database.query(
      `SELECT numbackends, deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
    );
    const { numbackends, deadlocks: count } = rows[0] as { numbackends: number; deadlocks: number };
    if (numbackends <= OWN_CONNECTIONS || performance.now() > deadline) return count;
    await sleep(20);
  }
}
