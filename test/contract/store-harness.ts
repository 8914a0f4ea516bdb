import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { FakeClock, MemoryOtpStore } from 'nestjs-ants-otp/testing';
import { DataSource } from 'typeorm';
import { PostgresActionLog } from '../../src/persistence/postgres-action.log.js';
import { PostgresConsoleStore } from '../../src/persistence/postgres-console.store.js';
import { PostgresControlStore } from '../../src/persistence/postgres-control.store.js';
import { PostgresOtpStore } from '../../src/persistence/postgres-otp.store.js';
import { PostgresOutboxStore } from '../../src/persistence/postgres-outbox.store.js';
import { PostgresPrivacyStore } from '../../src/persistence/postgres-privacy.store.js';
import { PostgresRekeyStore } from '../../src/persistence/postgres-rekey.store.js';
import { inSchema, quoted } from '../../src/persistence/schema.js';
import { SqlRunner } from '../../src/persistence/sql-runner.js';
import type { ActionLog } from '../../src/ports/action-log.js';
import type { ConsoleStore } from '../../src/ports/console-store.js';
import type { ControlStore } from '../../src/ports/control-store.js';
import type { OtpStore } from '../../src/ports/otp-store.js';
import type { OutboxStore } from '../../src/ports/outbox-store.js';
import type { PrivacyStore } from '../../src/ports/privacy-store.js';
import type { RekeyStore } from '../../src/ports/rekey-store.js';
import { createDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/** No connection's search path leads there; the e2e tests run without a schema of their own. */
export const SCHEMA = 'one-time $1 Codes';

/** A store and the way to let time pass for it. */
export interface StoreHarness {
  store: OtpStore;
  /** What the store's events owe to handlers. */
  outbox: OutboxStore;
  controls: ControlStore;
  figures: ConsoleStore;
  privacy: PrivacyStore;
  actions: ActionLog;
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresHarness extends StoreHarness {
  readonly database: TestDatabase;
  /** Asks past the stores, in their schema. */
  query: TestDatabase['query'];
  /** In memory nothing is ever under a former key. */
  readonly rekey: RekeyStore;
  /** Ends the stores' connections; nothing but `database` and `close` works after it. */
  disconnect(): Promise<void>;
}

export async function postgresHarness(): Promise<PostgresHarness> {
  const database = await createDatabase();
  await database.query(`CREATE SCHEMA ${quoted(SCHEMA)}`);
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    schema: SCHEMA,
    migrations: otpMigrations,
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  const pool = database.pool(20);
  const sql = new SqlRunner(pool, { schema: SCHEMA });
  return {
    database,
    query: (text, values) => database.query(inSchema(text, SCHEMA), values),
    store: new PostgresOtpStore(sql),
    outbox: new PostgresOutboxStore(sql),
    controls: new PostgresControlStore(sql, 'lookup'),
    figures: new PostgresConsoleStore(sql),
    privacy: new PostgresPrivacyStore(sql),
    actions: new PostgresActionLog(sql),
    rekey: new PostgresRekeyStore(sql),
    pass: (seconds) => database.age(`${seconds} s`),
    disconnect: () => pool.end(),
    close: () => database.drop(),
  };
}

export function memoryHarness(): Promise<StoreHarness> {
  // Ids are ordered by the real time, so the fake one starts there.
  const clock = new FakeClock(Date.now());
  const store = new MemoryOtpStore(clock);
  return Promise.resolve({
    store,
    outbox: store.outbox,
    controls: store.controls,
    figures: store.console,
    privacy: store.privacy,
    actions: store.actions,
    pass(seconds) {
      clock.advance(seconds);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
}
