import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const LOOK_EVERY_MS = 25;
/** Linux counts the time of processes in hundredths of a second. */
const TICKS_A_SECOND = 100;

export interface Watched {
  /** Sessions that work, on the average of all looks. */
  active: number;
  /** Of these: that wait for a lock of another one. */
  waiting: number;
  mostWaiting: number;
  /** Of all server processes, in seconds; `null` when they are on another machine or no Linux. */
  cpuSeconds: number | null;
  deadlocks: number;
}

/** Looks at a server while something else works on it. */
export class DatabaseWatch {
  private readonly looks: { active: number; waiting: number }[] = [];
  private ended = false;

  private constructor(
    private readonly client: pg.Client,
    private readonly before: { cpu: Map<number, number>; deadlocks: number },
    private readonly looking: { done: Promise<void> },
  ) {}

  static async start(connectionString: string): Promise<DatabaseWatch> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    const before = { cpu: await cpuOf(client), deadlocks: await deadlocksOf(client) };
    const looking = { done: Promise.resolve() };
    const watch = new DatabaseWatch(client, before, looking);
    looking.done = watch.look();
    return watch;
  }

  async stop(): Promise<Watched> {
    this.ended = true;
    await this.looking.done;
    const cpu = await cpuOf(this.client);
    const deadlocks = (await deadlocksOf(this.client)) - this.before.deadlocks;
    await this.client.end();
    const mean = (of: 'active' | 'waiting'): number =>
      this.looks.reduce((sum, look) => sum + look[of], 0) / this.looks.length;
    const spent = [...cpu].map(([pid, seconds]) => seconds - (this.before.cpu.get(pid) ?? 0));
    return {
      ...{ active: mean('active'), waiting: mean('waiting'), deadlocks },
      mostWaiting: Math.max(...this.looks.map(({ waiting }) => waiting)),
      cpuSeconds: cpu.size === 0 ? null : spent.reduce((sum, seconds) => sum + seconds, 0),
    };
  }

  private async look(): Promise<void> {
    while (!this.ended) {
      const { rows } = await this.client.query<{ active: number; waiting: number }>(`
        SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
          count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`);
      this.looks.push(...rows);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Seconds of CPU by process: those that answer, and those that write and clean up. */
async function cpuOf(client: pg.Client): Promise<Map<number, number>> {
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  );
  return new Map(
    rows.flatMap(({ pid }) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
        const [user, system] = [fields?.[11], fields?.[12]];
        return [[pid, (Number(user) + Number(system)) / TICKS_A_SECOND] as const];
      } catch {
        return [];
      }
    }),
  );
}

async function deadlocksOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ deadlocks: number }>(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0]?.deadlocks ?? 0;
}
