import { parseArgs } from 'node:util';
import { machine, writeFigures } from './harness/figures-page.js';
import { markdownTable } from './harness/markdown-table.js';
import { MEASUREMENTS } from './measurements.js';

const FLAGS = {
  write: { type: 'boolean', default: false },
  short: { type: 'boolean', default: false },
  rows: { type: 'string' },
} as const;

/** Live OTPs and those to purge are among them. */
const LEAST_ROWS = 10_000;

/** `npm run bench [-- name … --write --short --rows count]`: exit 0 when every budget was kept, 1 when one was missed, 2 for an unknown name or count. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals: names } = parseArgs({
    args: [...args],
    options: FLAGS,
    allowPositionals: true,
  });
  const { short, write } = values;
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  if (rows !== undefined && !(Number.isInteger(rows) && rows >= LEAST_ROWS)) {
    console.error(`bench: --rows takes a whole number from ${LEAST_ROWS}.`);
    process.exitCode = 2;
    return;
  }
  const unknown = names.find((name) => !MEASUREMENTS.some((known) => known.name === name));
  if (unknown !== undefined) {
    const known = MEASUREMENTS.map(({ name }) => name).join(', ');
    console.error(`bench: "${unknown}" is no measurement. There are: ${known}.`);
    process.exitCode = 2;
    return;
  }
  const chosen = MEASUREMENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const { name, about, run } of chosen) {
    console.log(`\n${name}: ${about}`);
    const on = machine();
    const findings = await run({ short, rows });
    const { table, missed, notes = [] } = findings;
    console.log(`\n${markdownTable(table)}`);
    for (const note of notes) console.log(note);
    for (const sentence of missed) console.log(`missed: ${sentence}`);
    if (missed.length > 0) process.exitCode = 1;
    // A measurement that was skipped leaves the figures of the last one.
    if (write && table.rows.length > 0) writeFigures(name, on, findings);
  }
}

await main(process.argv.slice(2));
