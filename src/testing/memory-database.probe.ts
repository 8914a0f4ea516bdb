import type { Clock } from '../ports/clock.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import type { DatabaseState } from '../ports/database-probe.js';

/** There is no database that could be away. */
export class MemoryDatabaseProbe extends DatabaseProbe {
  constructor(private readonly clock: Clock) {
    super();
  }

  missingColumns(): Promise<string[]> {
    return Promise.resolve([]);
  }

  examine(): Promise<DatabaseState> {
    const now = new Date(this.clock.now());
    return Promise.resolve({ version: '(in memory)', now, missing: [], pooled: false });
  }
}
