import type { DataSource, QueryRunner } from 'typeorm';
import type { DatabaseAccess } from '../domain/database-access.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import type { DatabaseState } from '../ports/database-probe.js';
import { readAccess } from './access.sql.js';
import { schemaOf } from './schema.js';
import type { SqlRunner } from './sql-runner.js';

/** Looks at the app's own DataSource. */
export class PostgresDatabaseProbe extends DatabaseProbe {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sql: SqlRunner,
  ) {
    super();
  }

  async examine(): Promise<DatabaseState> {
    const [server] = await this.dataSource.query<[{ version: string; now: Date }]>(
      `SELECT current_setting('server_version') AS version, clock_timestamp() AS now`,
    );
    return { ...server, access: await this.access(), pooled: await this.isPooled() };
  }

  /** With the time limit of a statement: a connection that says nothing must not hold up a health check. */
  access(): Promise<DatabaseAccess> {
    return readAccess((sql, values) => this.sql.run(sql, values), schemaOf(this.dataSource));
  }

  /** A connection that is idle keeps its server process, unless a pooler lends it to the next one. */
  private async isPooled(): Promise<boolean> {
    const one = this.dataSource.createQueryRunner();
    const two = this.dataSource.createQueryRunner();
    try {
      const idle = await pidOf(one);
      await two.startTransaction();
      return idle === (await pidOf(two));
    } finally {
      if (two.isTransactionActive) await two.rollbackTransaction();
      await two.release();
      await one.release();
    }
  }
}

async function pidOf(runner: QueryRunner): Promise<unknown> {
  const [row] = (await runner.query('SELECT pg_backend_pid() AS pid')) as { pid: unknown }[];
  return row?.pid;
}
