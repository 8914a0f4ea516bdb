import { TIME_BOUNDS } from '../domain/figures.js';
import { ConsoleStore } from '../ports/console-store.js';
import type { Figures, FiguresAsk } from '../ports/console-store.js';
import { figuresOf } from './console.sql.js';
import type { SqlRunner } from './sql-runner.js';

/** Counts what the console shows, in one statement. */
export class PostgresConsoleStore extends ConsoleStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async figures({ instance, seconds, most }: FiguresAsk): Promise<Figures> {
    const [row] = await this.sql.run(figuresOf(most), [instance, seconds]);
    const { delivery_times, verify_times, ...figures } = row ?? {};
    return {
      ...(figures as unknown as Figures),
      deliveryTimes: listOf(delivery_times),
      verifyTimes: listOf(verify_times),
    };
  }
}

const listOf = (counts: unknown): number[] =>
  Array.from(
    { length: TIME_BOUNDS.length + 1 },
    (_, bound) => (counts as Record<number, number>)[bound] ?? 0,
  );
