import type { DatabaseAccess } from '../domain/database-access.js';
import type { Clock } from '../ports/clock.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import type { DatabaseState } from '../ports/database-probe.js';

const ACCESS: DatabaseAccess = { role: '(in memory)', readOnly: null, tables: [] };

/** There is no database that could be away. */
export class MemoryDatabaseProbe extends DatabaseProbe {
  constructor(private readonly clock: Clock) {
    super();
  }

  access(): Promise<DatabaseAccess> {
    return Promise.resolve(ACCESS);
  }

  examine(): Promise<DatabaseState> {
    const now = new Date(this.clock.now());
    return Promise.resolve({ version: '(in memory)', now, access: ACCESS, pooled: false });
  }
}
