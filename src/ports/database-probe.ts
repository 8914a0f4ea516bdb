/** What the database says of itself. */
export interface DatabaseState {
  /** Such as `16.4`. */
  version: string;
  now: Date;
  /** Columns that this version reads and the tables do not have, as `table.column`. */
  missing: string[];
  /** Two connections were given one server process: a pooler in transaction mode stands between. */
  pooled: boolean;
}

/** Looks at the database for operators. */
export abstract class DatabaseProbe {
  /** As in `DatabaseState`, in one cheap statement. @throws as below */
  abstract missingColumns(): Promise<string[]>;
  /** @throws what Postgres or the connection reports */
  abstract examine(): Promise<DatabaseState>;
}
