import type { DataSource, QueryRunner } from 'typeorm';
import { DatabaseProbe } from '../ports/database-probe.js';
import type { DatabaseState } from '../ports/database-probe.js';
import { ACTION_COLUMNS, EVENT_COLUMNS, OTP_COLUMNS, SEND_COLUMNS } from './otp.rows.js';
import { inSchema, schemaOf } from './schema.js';
import type { SqlRunner } from './sql-runner.js';

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  otps: OTP_COLUMNS,
  otp_sends: SEND_COLUMNS,
  otp_events: EVENT_COLUMNS,
  otp_limits: ['key', 'lookup_id', 'hits', 'count', 'max', 'until', 'updated_at'],
  otp_actions: ACTION_COLUMNS,
  otp_conversions: ['instance', 'at', 'key', 'lookup_id', 'sends', 'verified'],
  otp_figures: ['instance', 'kind', 'at', 'name', 'otc_id', 'counts'],
};

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
    return { ...server, missing: await this.missingColumns(), pooled: await this.isPooled() };
  }

  /** With the patience of a statement: a connection that says nothing must not keep a health check down. */
  async missingColumns(): Promise<string[]> {
    const rows = await this.sql.run(
      `SELECT c.relname || '.' || a.attname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
       WHERE c.oid = ANY (ARRAY(SELECT to_regclass(t) FROM unnest($1::text[]) AS t)) AND a.attnum > 0 AND NOT a.attisdropped`,
      [Object.keys(COLUMNS).map((table) => inSchema(table, schemaOf(this.dataSource)))],
    );
    const found = new Set(rows.map(({ name }) => name as string));
    return Object.entries(COLUMNS)
      .flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
      .filter((name) => !found.has(name));
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
