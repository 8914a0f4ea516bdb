import pg from 'pg';
import { MOBILE } from './cast.js';
import { check, step, tell } from './narrator.js';

const TABLES = { otps: 'created_at', otp_sends: 'otp_id, send_no', otp_events: 'otp_id, event_no' };
const WIDTH = 100;

/** Prints what stands in Postgres, after a look that no code and no number does. */
export async function showRows(databaseUrl: string, codes: string[]): Promise<void> {
  step('What stands in Postgres (columns that are null are left out).');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [table, order] of Object.entries(TABLES)) {
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT * FROM ${table} ORDER BY ${order}`,
      );
      check(`rows in ${table}`, rows.length > 0, true);
      tell(`${table}:`);
      for (const row of rows) {
        const lines = wrap(Object.entries(row).flatMap(cell));
        checkSecrecy(lines.join(' '), codes);
        lines.forEach((line, i) => {
          tell(`${i === 0 ? '-' : ' '} ${line}`);
        });
      }
    }
  } finally {
    await client.end();
  }
}

function cell([column, value]: [string, unknown]): string[] {
  if (value === null) return [];
  if (Buffer.isBuffer(value)) return [`${column}=(${value.length} bytes)`];
  if (value instanceof Date) return [`${column}=${value.toISOString()}`];
  return [`${column}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

/** Puts as many cells on a line as fit. */
function wrap(cells: string[]): string[] {
  const lines: string[] = [];
  for (const text of cells) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < WIDTH)
      lines.splice(-1, 1, `${last}  ${text}`);
    else lines.push(text);
  }
  return lines;
}

function checkSecrecy(text: string, codes: string[]): void {
  const subscriber = MOBILE.replace(/\D/g, '').slice(1);
  check('the whole number in a row', text.includes(subscriber), false);
  for (const code of codes)
    check('a code in a row', new RegExp(`(?<!\\w)${code}(?!\\w)`).test(text), false);
}
