import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a run uses and may leave nowhere. */
export const SECRET_KINDS = [
  'code',
  'SMS text',
  'number',
  'ticket',
  'proof',
  'webhook token',
  'credential',
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

export interface NotedSecret {
  spec: string;
  kind: SecretKind;
  value: string;
}

export interface NotedLog {
  spec: string;
  /** Who wrote it: a level of the app's log, a child process, the server. */
  source: string;
  text: string;
}

export interface NotedRow {
  spec: string;
  database: string;
  table: string;
  row: Record<string, unknown>;
}

/** What happened to a database of the tests. */
export interface NotedDatabase {
  spec: string;
  database: string;
  did: 'created' | 'dumped' | 'got an app';
}

/** The files of the record: each process writes its own. */
export type RecordFile = 'secrets' | 'logs' | 'rows' | 'databases';

export function noteSecret(kind: SecretKind, value: unknown): void {
  if (typeof value === 'string') append('secrets', { spec: spec(), kind, value });
}

export function noteLog(source: string, text: string): void {
  append('logs', { spec: spec(), source, text });
}

export function noteDatabase(database: string, did: NotedDatabase['did']): void {
  append('databases', { spec: spec(), database, did });
}

/** Rows as PostgreSQL wrote them in JSON: its own digits, not those of a JavaScript number. */
export function noteRows(database: string, table: string, rows: string[]): void {
  const head = JSON.stringify({ spec: spec(), database, table }).slice(0, -1);
  write('rows', rows.map((row) => `${head},"row":${row}}\n`).join(''));
}

function append(file: RecordFile, line: object): void {
  write(file, `${JSON.stringify(line)}\n`);
}

/** Written at once: a process that is killed has noted all it did. Without a run nothing is noted. */
function write(file: RecordFile, lines: string): void {
  const folder = process.env.OTP_TEST_RECORD;
  if (folder) appendFileSync(join(folder, `${file}.${process.pid}`), lines);
}

/** `spec-setup.ts` names it; a child process has none. */
const spec = (): string => process.env.OTP_TEST_SPEC ?? 'a child process';
