import { ConsoleStore } from '../ports/console-store.js';
import type { Figures, FiguresAsk, LimitHits } from '../ports/console-store.js';
import { ADD_LIMIT_HITS, COUNT_BUCKETS, figuresOf } from './console.sql.js';
import type { SqlRunner } from './sql-runner.js';

/** Counts what the console shows: each method is one statement. */
export class PostgresConsoleStore extends ConsoleStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async figures({ instance, seconds, most }: FiguresAsk): Promise<Figures> {
    const [row] = await this.sql.run(figuresOf(most), [instance, seconds]);
    const { delivery_times: deliveryTimes, verify_times: verifyTimes, ...figures } = row ?? {};
    return { ...figures, deliveryTimes, verifyTimes } as unknown as Figures;
  }

  async count(instance: string, buckets: number): Promise<number> {
    const [row] = await this.sql.run(COUNT_BUCKETS, [instance, buckets]);
    return row?.['count'] as number;
  }

  async addLimitHits(instance: string, hits: readonly LimitHits[]): Promise<void> {
    await this.sql.run(ADD_LIMIT_HITS, [
      instance,
      hits.map(({ name }) => name),
      hits.map(({ refused }) => refused),
      hits.map(({ watched }) => watched),
    ]);
  }
}
