import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { FakeClock, MemoryOtpStore } from 'nestjs-ants-otp/testing';
import { DataSource } from 'typeorm';
import { PostgresOtpStore } from '../../src/persistence/postgres-otp.store.js';
import type { OtpStore } from '../../src/ports/otp-store.js';
import { createDatabase } from '../support/database.js';

/** A store and the way to let time pass for it. */
export interface StoreHarness {
  store: OtpStore;
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export async function postgresHarness(): Promise<StoreHarness> {
  const database = await createDatabase();
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: otpMigrations,
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  return {
    store: new PostgresOtpStore(database.pool(20)),
    pass: (seconds) => database.age(`${seconds} s`),
    close: () => database.drop(),
  };
}

export function memoryHarness(): Promise<StoreHarness> {
  // Ids are ordered by the real time, so the fake one starts there.
  const clock = new FakeClock(Date.now());
  return Promise.resolve({
    store: new MemoryOtpStore(clock),
    pass(seconds) {
      clock.advance(seconds);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
}
