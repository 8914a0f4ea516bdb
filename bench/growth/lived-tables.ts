import pg from 'pg';
import type { Teardown } from '../../example/teardown.js';
import type { StubCall } from '../harness/ants-stub.process.js';
import { AppUnderLoad } from '../harness/app-under-load.js';
import { startBenchDatabase } from '../harness/bench-database.js';
import { startingWith } from '../harness/bench-process.js';
import type { BenchProcess } from '../harness/bench-process.js';
import { learn, newLife, requestOf } from '../limit/lives.js';
import type { ModuleAppOptions } from '../limit/module-app.js';

const AT_ONCE = 100;
const CONNECTIONS = 16;

/** The tables that a life updates. */
export const UPDATED = ['otps', 'otp_sends', 'otp_limits'];

/** A database of its own in which OTPs are asked for, reported on and verified. */
export class LivedTables {
  private lived = 0;

  private constructor(
    readonly client: pg.Client,
    private readonly start: () => Promise<BenchProcess>,
    private readonly stub: BenchProcess,
    private readonly load: BenchProcess,
  ) {}

  /** @param storage what PostgreSQL is told of each table, as in `ALTER TABLE … SET (…)` */
  static async create(
    teardown: Teardown,
    otp: ModuleAppOptions['otp'],
    storage: string,
  ): Promise<LivedTables> {
    const start = startingWith(teardown);
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await start('harness/ants-stub.process.js');
    const antsUrl = await stub.ask<string>('url');
    const given = { adapter: 'fastify', databaseUrl, antsUrl, otp };
    const startModule = () => start('limit/module-app.process.js', given);
    await (await startModule()).stop();
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    teardown.add(() => client.end());
    for (const table of UPDATED) await client.query(`ALTER TABLE ${table} SET (${storage})`);
    return new LivedTables(client, startModule, stub, await start('harness/load.process.js'));
  }

  async live(lives: number): Promise<void> {
    const module = await this.start();
    const app = await AppUnderLoad.of(module, this.load);
    for (const end = this.lived + lives; this.lived < end; this.lived += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, n) => newLife(this.lived + n));
      for (const flow of ['request', 'webhook', 'verify'] as const) {
        const requests = some.map((life) => requestOf(flow, life));
        const { bodies } = await app.run(requests, { connections: CONNECTIONS });
        const calls = await this.stub.ask<StubCall[]>('calls');
        if (flow === 'request') learn(some, bodies, calls);
      }
    }
    // What a connection has counted is told when it ends.
    await module.stop();
  }
}
