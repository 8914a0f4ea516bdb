import type { Table } from './harness/markdown-table.js';
import type { BarGroup } from './harness/ratio-chart.js';

/** One question of `npm run bench`, answered by numbers that are compared within one run. */
export interface Measurement {
  /** `npm run bench -- <name>` */
  name: string;
  /** What is compared, in one sentence. */
  about: string;
  run: (options: BenchOptions) => Promise<Findings>;
}

export interface BenchOptions {
  /** A shorter time for what otherwise takes long. */
  short: boolean;
  /** OTPs of the largest table, for what grows one. */
  rows?: number | undefined;
}

export interface Findings {
  table: Table;
  /** Each budget that was not kept, as a sentence; none when all were. */
  missed: string[];
  /** What a reader of the table must know of this run. */
  notes?: string[];
  /** Ratios for the chart of docs/performance.md. */
  chart?: BarGroup;
}
