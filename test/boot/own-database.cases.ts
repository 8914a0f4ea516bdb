import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Module, Post, UseGuards } from '@nestjs/common';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import {
  OtpGuard,
  OtpModule,
  OtpProof,
  OtpService,
  RequireOtp,
  VerifiedOtp,
} from 'nestjs-ants-otp';
import type { OtpModuleExtras } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import request from '../support/request.js';
import { nextMobile, SECRET } from '../support/app.js';
import { createDatabase, isPooled } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { runLog } from '../support/leaks/run-log.js';
import { watchApp } from '../support/leaks/watch-app.js';
import { until } from '../support/until.js';

@Module({})
class App {}

const ROOT = join(import.meta.dirname, '../..');
const [, snippet = ''] =
  /<!-- checks: drizzle.ts -->\n\n```ts\n([\s\S]*?)^```/m.exec(
    readFileSync(join(ROOT, 'docs/database.md'), 'utf8'),
  ) ?? [];
mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/drizzle-'));
writeFileSync(join(folder, 'drizzle.ts'), snippet);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const { withProof } = (await import(join(folder, 'drizzle.ts'))) as {
  withProof: (
    pool: Pool,
    proof: OtpProof,
    work: (db: NodePgDatabase) => Promise<void>,
  ) => Promise<void>;
};

@Controller('wire')
class WireController {
  pool!: Pool;

  @Post()
  @UseGuards(OtpGuard)
  @RequireOtp('default', { consume: 'handler' })
  wire(@VerifiedOtp() proof: OtpProof, @Body('amount') amount: number): Promise<void> {
    return withProof(this.pool, proof, async (db) => {
      await db.execute(sql`INSERT INTO transfers VALUES (${amount})`);
      if (amount < 0) throw new Error('The bank is closed.');
    });
  }
}

/** Where the tables are. */
const TABLES = `SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'otp%' ORDER BY 1`;

describe('the database of an app', () => {
  const simulator = recordedSimulator();
  let database: TestDatabase;
  let apps: INestApplication[];
  beforeAll(() => simulator.start());
  afterAll(() => simulator.stop());
  beforeEach(async () => {
    database = await createDatabase();
    apps = [];
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  async function start(
    extras: OtpModuleExtras,
    imports: DynamicModule[] = [],
    ...controllers: Type[]
  ): Promise<INestApplication> {
    const otp = OtpModule.forRoot({
      username: simulator.settings.username,
      password: simulator.settings.password,
      otcId: simulator.settings.otcIds[0]!,
      ...{ baseUrl: simulator.url, secret: SECRET, allowInsecure: true, sweepEvery: false },
      ...{ preparedStatements: !isPooled(), ...extras },
    });
    const root = { module: App, imports: [...imports, otp], controllers };
    const testing = await Test.createTestingModule({ imports: [root] })
      .setLogger(runLog())
      .compile();
    const app = testing.createNestApplication();
    apps.push(app);
    watchApp(app, database);
    return app.init();
  }

  async function verifies(app: INestApplication): Promise<string> {
    const otps = app.get(OtpService);
    const mobile = nextMobile();
    const { id, ticket } = await otps.request({ mobile });
    const { code } = simulator.messages(mobile).at(-1)!;
    const { proof, repeated } = await otps.verify(id, code, { ticket });
    expect(repeated).toBe(false);
    return proof;
  }

  const own = (more: object = {}) => ({ database: { url: database.url, ...more } });

  it('is its address alone, without TypeORM in the app', async () => {
    await verifies(await start(own({ schema: 'codes', migrationsRun: true })));
    const { rows } = await database.query(TABLES);
    expect(rows).toEqual([{ schemaname: 'codes' }]);
  });

  it('may come from a function, and its pool ends with the app', async () => {
    const url = `${database.url}?application_name=own-pool`;
    const app = await start({ database: { url: () => Promise.resolve(url), migrationsRun: true } });
    await verifies(app);
    const held = async () => {
      const { rows } = await database.query(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'own-pool'`,
      );
      return rows[0]!['count'];
    };
    expect(await held()).toBeGreaterThan(0);
    expect(await held()).toBeLessThanOrEqual(5);
    await app.close();
    apps.pop();
    await until('the pool is closed', async () => (await held()) === 0);
  });

  it('gets its tables once, from three apps that start at once', async () => {
    const three = await Promise.all(
      [1, 2, 3].map(() => start(own({ schema: 'codes', migrationsRun: true }))),
    );
    for (const app of three) await verifies(app);
    const { rows } = await database.query('SELECT name FROM codes.migrations');
    expect(rows).toHaveLength(otpMigrations.length);
  });

  it('gets its tables in a schema that was made for a user with no other rights', async () => {
    const user = `tenant_${Date.now()}`;
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD '${SECRET}'`);
    try {
      await database.query(`CREATE SCHEMA codes AUTHORIZATION ${user}`);
      const url = new URL(database.url);
      Object.assign(url, { username: user, password: SECRET });
      await verifies(
        await start({ database: { url: url.href, schema: 'codes', migrationsRun: true } }),
      );
      await apps.pop()?.close();
    } finally {
      await database.query(`DROP OWNED BY ${user} CASCADE; DROP ROLE ${user}`);
    }
  });

  it('lends its proofs to a transaction of Drizzle, as docs/database.md shows', async () => {
    const app = await start(own({ schema: 'codes', migrationsRun: true }), [], WireController);
    await database.query('CREATE TABLE transfers (amount int)');
    app.get(WireController).pool = database.pool();
    const proof = await verifies(app);
    const wire = (amount: number) =>
      request(app.getHttpServer() as never)
        .post('/wire')
        .set('X-OTP-Proof', proof)
        .send({ amount });
    await wire(-1).expect(500);
    await wire(500).expect(201);
    await wire(500).expect(401);
    const { rows } = await database.query('SELECT amount FROM transfers');
    expect(rows).toEqual([{ amount: 500 }]);
  });

  it('is a DataSource by its name, with the tables in its schema', async () => {
    await database.query('CREATE SCHEMA "of the app"');
    const dataSource = TypeOrmModule.forRoot({
      ...{ name: 'codes', type: 'postgres', url: database.url, schema: 'of the app' },
      ...{ autoLoadEntities: true, migrations: otpMigrations, migrationsRun: true },
    });
    await verifies(await start({ dataSource: 'codes' }, [dataSource]));
    const { rows } = await database.query(TABLES);
    expect(rows).toEqual([{ schemaname: 'of the app' }]);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'no DataSource',
      () => start({}),
      /finds no TypeORM DataSource in this app: import TypeOrmModule\.forRoot\({ type: .*OtpModule\.forRoot\({ database: { url }/,
    ],
    [
      'no DataSource of the name',
      () => start({ dataSource: 'codes' }),
      /finds no TypeORM DataSource named "codes" in this app: import TypeOrmModule\.forRoot\({ name: 'codes', type/,
    ],
    [
      'no tables',
      () => start(own()),
      /finds no table otps: add `migrations: otpMigrations` .* or run `npx nestjs-ants-otp migrate`/,
    ],
    [
      'no tables in the schema',
      () => start(own({ schema: 'codes' })),
      /finds no table "codes"\.otps.*migrate --schema "codes"`/,
    ],
    [
      'no address',
      () => start({ database: { url: undefined } }),
      /option "database\.url" must be an address like postgres:.*, got nothing/,
    ],
    [
      'a pool that is too small',
      () => start(own({ poolSize: 1, migrationsRun: true })),
      /option "database\.poolSize" must be a whole number from 2 to 1000, got 1/,
    ],
    [
      'a wrong password, at once',
      () => start({ database: { url: database.url.replace(/:[^:@/]*@/, ':wrong@') } }),
      /password authentication failed/,
    ],
    [
      'a DataSource and an address',
      () => start({ dataSource: 'codes', ...own() }),
      /option "dataSource" must be left out when "database" is given/,
    ],
    [
      'an address that is none',
      () => start({ database: { url: 'a-secret-word' } }),
      /option "database\.url" must be an address like postgres:.*, got 13 characters \(not shown\)/,
    ],
  ])('stops the start with what to do: %s', async (_, starting, sentence) => {
    await expect(starting()).rejects.toThrow(sentence);
  });
});
