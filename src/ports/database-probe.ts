import type { DatabaseAccess } from '../domain/database-access.js';

/** What the database says of itself. */
export interface DatabaseState {
  /** Such as `16.4`. */
  version: string;
  now: Date;
  access: DatabaseAccess;
  /** Two connections were given one server process: a pooler in transaction mode stands between. */
  pooled: boolean;
}

/** Looks at the database for operators. */
export abstract class DatabaseProbe {
  /** What stands between this module and its tables, in one cheap statement. @throws as below */
  abstract access(): Promise<DatabaseAccess>;
  /** @throws what Postgres or the connection reports */
  abstract examine(): Promise<DatabaseState>;
}
