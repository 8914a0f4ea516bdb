import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './otp.rows.js';
import { inSchema } from './schema.js';
import type { Query } from './statement.js';

/** The parts of a `pg` pool and of its connections that the module uses. */
export interface SqlPool {
  connect(): Promise<SqlClient>;
}
export interface SqlClient {
  query(query: {
    name?: string;
    text: string;
    values: unknown[];
    query_timeout: number;
  }): Promise<{ rows: Row[] }>;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  release(destroy?: boolean): void;
}

export interface SqlRunnerOptions {
  /** Named prepared statements; `false` behind a pooler in transaction mode. Default `true`. */
  preparedStatements?: boolean;
  /** Where the tables are. Default: where the search path of the connection leads. */
  schema?: string;
}

/** A statement as it is sent. */
interface Statement {
  text: string;
  /** Its own hash: two versions of the library never share one. */
  name: string;
}

/** How long a statement waits for a connection; a busy pool frees one in milliseconds. */
const CONNECTION_WAIT_MS = 2_500;

/** A database that says nothing for this long counts as gone; our statements take milliseconds. */
const STATEMENT_WAIT_MS = 5_000;

/** Another transaction that holds a row for this long ends the statement; less than the wait above. */
export const LOCK_WAIT_MS = 4_000;

/**
 * Waits between the tries of a statement that must not be lost, about 5 s in all: long enough for a
 * cut connection or a failover's first refusals, short enough for a user to wait. Milliseconds.
 */
const RETRY_WAITS_MS = [100, 200, 400, 800, 1_600, 2_000];
/** No further try after that, or a silent database would hold the caller for a minute. */
const RETRIES_END_MS = 6_000;

/** Runs single statements on the app's own pool: no transaction, one connection for one statement. */
export class SqlRunner {
  private readonly statements = new Map<string, Statement>();

  constructor(
    private readonly pool: SqlPool,
    private readonly options: SqlRunnerOptions = {},
  ) {}

  /** @throws what Postgres or the connection reports, or an Error when no connection comes free */
  async run(text: string, values: unknown[]): Promise<Row[]> {
    const statement = this.statement(text);
    const query = { text: statement.text, values, query_timeout: STATEMENT_WAIT_MS };
    const client = await this.connect();
    let broken = true;
    client.on('error', ignored);
    try {
      const { rows } = await client.query(
        this.options.preparedStatements === false ? query : { name: statement.name, ...query },
      );
      broken = false;
      return rows;
    } catch (error) {
      // A statement that Postgres refused leaves its connection as good as it was.
      broken = isLost(error);
      throw isLocked(error) ? lockedFor(error) : error;
    } finally {
      if (!broken) client.off('error', ignored);
      client.release(broken);
    }
  }

  /** As `run`. */
  query({ text, values }: Query): Promise<Row[]> {
    return this.run(text, values);
  }

  /**
   * Runs a statement again when its connection died, until it is surely done. `again`: it was tried
   * more than once, so an empty result may mean that an earlier try did it and its answer was lost.
   *
   * @throws as `run`, when the database stays away
   */
  async runSurely(text: string, values: unknown[]): Promise<{ rows: Row[]; again: boolean }> {
    const begun = performance.now();
    for (const [tries, wait] of RETRY_WAITS_MS.entries()) {
      try {
        return { rows: await this.run(text, values), again: tries > 0 };
      } catch (error) {
        if (!isPassing(error) || performance.now() - begun > RETRIES_END_MS) throw error;
        await sleep(wait);
      }
    }
    return { rows: await this.run(text, values), again: true };
  }

  /**
   * A connection of the pool, or an error after a while: whoever calls this module inside a
   * transaction of its own can hold the very connection that this call waits for.
   */
  private connect(): Promise<SqlClient> {
    const connecting = this.pool.connect();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        connecting.then(
          (late) => {
            late.release();
          },
          () => undefined,
        );
        reject(
          new Error(
            `No connection of the pool was free for ${CONNECTION_WAIT_MS} ms. Do not call this module inside your own open transaction, and give the pool enough connections.`,
          ),
        );
      }, CONNECTION_WAIT_MS);
      connecting.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }

  /** A statement for a connection that is not this runner's own. */
  textOf(sql: string): string {
    return this.statement(sql).text;
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      const text = inSchema(sql, this.options.schema);
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
      this.statements.set(sql, (statement = { text, name: `otp_${hash}` }));
    }
    return statement;
  }
}

/** The statement fails with the connection's error; without a listener Node would end the process. */
const ignored = (): void => undefined;

/** Whether the connection is gone: no answer of Postgres at all, or its word that it goes away or is full. */
function isLost(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string };
  return severity === undefined || /^(57P0|08|53300)/.test(code);
}

const isLocked = (error: unknown): boolean => (error as { code?: string }).code === '55P03';

function lockedFor(cause: unknown): Error {
  const message = `Another transaction held a row of this module for ${LOCK_WAIT_MS} ms. Do not call this module inside your own open transaction; commit it soon after proof.consume(manager).`;
  return Object.assign(new Error(message, { cause }), { code: '55P03', severity: 'ERROR' });
}

/**
 * Whether the same statement may succeed in a moment: the connection is gone (no answer of Postgres
 * at all), or Postgres says that it is going away (57P0x, 08xxx), is full (53300), or took the
 * statement back whole (40001, 40P01, 55P03).
 */
function isPassing(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return isLost(error) || /^(40001|40P01|55P03)/.test(code);
}
