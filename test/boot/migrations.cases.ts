import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { otpEntities } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { DataSource } from 'typeorm';
import { OTP_COLUMNS, SEND_COLUMNS } from '../../src/persistence/otp.rows.js';
import { createDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

describe('the migrations', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: otpEntities,
      migrations: otpMigrations,
    });
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const tables = async (): Promise<unknown[]> => {
    const { rows } = await database.query(
      `SELECT tablename FROM pg_tables WHERE tablename LIKE 'otp%' ORDER BY tablename`,
    );
    return rows.map(({ tablename }) => tablename);
  };
  const TABLES = [
    ...[
      'otp_actions',
      'otp_conversions',
      'otp_events',
      'otp_figures',
      'otp_handlers',
      'otp_limits',
      'otp_outbox',
      'otp_sends',
      'otps',
    ],
  ];

  it('go up, down and up again', async () => {
    await dataSource.runMigrations();
    expect(await tables()).toEqual(TABLES);
    await dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
    await dataSource.runMigrations();
    expect(await tables()).toEqual(TABLES);
  });

  it('make exactly the schema of the entities', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it.each([
    ['otps', OTP_COLUMNS],
    ['otp_sends', SEND_COLUMNS],
  ])('make exactly the columns that the store reads of %s', async (table, columns) => {
    const { rows } = await database.query(
      `SELECT column_name FROM information_schema.columns WHERE table_name = $1`,
      [table],
    );
    expect(rows.map(({ column_name }) => column_name as string).sort()).toEqual(
      [...columns].sort(),
    );
  });

  it.each([
    ['two live OTPs of one number', `('sending'), ('pending')`],
    ['an unknown status', `('lost')`],
  ])('let no statement write %s', async (_, statuses) => {
    const insert = database.query(
      `INSERT INTO otps (id, instance, purpose, channel, key_id, lookup_id, mobile_mac, mobile_mask, status, delivery,
         otc_id, max_attempts, max_sends, ttl_seconds, expires_at, created_at)
       SELECT gen_random_uuid(), 'i', 'p', 'provider', 'k', 'k', '\\x00', 'm', status, 'none', 'o', 5, 4, 300, now(), now()
       FROM (VALUES ${statuses}) AS v (status)`,
    );
    await expect(insert).rejects.toThrow(/otps_live_key|otps_status_known/);
  });
});
