import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMobile } from '../../../src/domain/mobile.js';
import { SECRET_KINDS } from './run-record.js';
import type {
  NotedDatabase,
  NotedLog,
  NotedRow,
  NotedSecret,
  RecordFile,
  SecretKind,
} from './run-record.js';
import { SecretIndex } from './secret-index.js';

/** What the check of a run looked at, and what is wrong. */
export interface RunCheck {
  /** Different secrets, by kind. */
  secrets: Record<SecretKind, number>;
  /** Secrets that are not looked for: too short, or no number. */
  skipped: number;
  logs: number;
  databases: number;
  rows: number;
  /** A sentence each, that names a place and no secret in full. */
  problems: string[];
}

/** Looks for every secret of a run in its logs and in the dumps of its databases. */
export async function checkRun(folder: string): Promise<RunCheck> {
  const secrets = new Map<string, NotedSecret>();
  // Two files of tests can meet in one number.
  const heard = new Set<string>();
  for await (const secret of linesOf<NotedSecret>(folder, 'secrets')) {
    secrets.set(`${secret.kind} ${secret.value}`, secret);
    heard.add(`${secret.kind} ${secret.spec}`);
  }
  const index = new SecretIndex();
  const check: RunCheck = {
    secrets: Object.fromEntries(SECRET_KINDS.map((kind) => [kind, 0])) as RunCheck['secrets'],
    ...{ skipped: 0, logs: 0, databases: 0, rows: 0, problems: [] },
  };
  for (const secret of secrets.values()) {
    check.secrets[secret.kind] += 1;
    if (!index.add(secret)) check.skipped += 1;
  }

  const hits = new Map<string, number>();
  const look = (text: string, place: string): void => {
    for (const secret of index.find(text)) {
      const hit = `${describe(secret)} stands in ${place}`;
      hits.set(hit, (hits.get(hit) ?? 0) + 1);
    }
  };
  const logged = new Set<string>();
  for await (const { spec, source, text } of linesOf<NotedLog>(folder, 'logs')) {
    check.logs += 1;
    logged.add(spec);
    look(text, `the log of ${spec} (${source})`);
  }
  const apps = new Map<string, string>();
  const undumped = new Map<string, string>();
  for await (const { database, did, spec } of linesOf<NotedDatabase>(folder, 'databases'))
    if (did === 'got an app') apps.set(database, spec);
    else if (did === 'created') undumped.set(database, spec);
    else {
      check.databases += 1;
      undumped.delete(database);
    }
  const sending = new Set<string>();
  for await (const { spec, database, table, row } of linesOf<NotedRow>(folder, 'rows')) {
    check.rows += 1;
    if (table.endsWith('.otp_sends') && apps.has(database)) sending.add(apps.get(database)!);
    for (const [column, value] of Object.entries(row))
      for (const [path, text] of textsOf(value, column))
        look(text, `${table}, column ${withoutValues(path)}, of ${spec}`);
  }

  check.problems = [
    ...[...hits].map(([hit, times]) => `${hit}${times > 1 ? `, ${times} times` : ''}.`),
    ...[...undumped.values()].map(
      (spec) => `A database of ${spec} was not looked at: not dropped.`,
    ),
    // A check that saw nothing proves nothing.
    ...[...sending]
      .filter((spec) => !heard.has(`code ${spec}`) || !heard.has(`number ${spec}`))
      .map((spec) => `${spec} sent SMS, and no code or number of it was noted.`),
    ...[...new Set(apps.values())]
      .filter((spec) => !logged.has(spec))
      .map((spec) => `${spec} started an app, and no line of its log was noted.`),
  ];
  return check;
}

/** The counts of a check, in one line. */
export function summaryOf(check: RunCheck): string {
  const secrets = Object.entries(check.secrets).map(([kind, count]) => `${count} ${kind}s`);
  return (
    `Leak check: ${secrets.join(', ')} (${check.skipped} of them too short), looked for in ` +
    `${check.logs} lines of logs and ${check.rows} rows of ${check.databases} databases: ` +
    `${check.problems.length} problems.`
  );
}

/** What it is and whose, so that its owner finds it and nobody else can use it. */
function describe({ kind, value, spec }: NotedSecret): string {
  const shown =
    kind === 'number' ? parseMobile(value)?.mask : `"${value.slice(0, 2)}…", ${value.length} long`;
  return `A ${kind} (${shown ?? 'no number'}) of ${spec}`;
}

/** A key of jsonb may be the very secret. */
const withoutValues = (path: string): string => path.replace(/\d{8,}|[\w-]{16,}/g, '…');

/** Every text in a value of a row, and where in it: keys of jsonb as well. */
function* textsOf(value: unknown, path: string): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'number') yield [path, String(value)];
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) yield [`${path} (a key)`, key];
      yield* textsOf(inner, Array.isArray(value) ? path : `${path}.${key}`);
    }
}

async function* linesOf<T>(folder: string, file: RecordFile): AsyncGenerator<T> {
  for (const name of (await readdir(folder)).filter((each) => each.startsWith(`${file}.`))) {
    let rest = '';
    for await (const chunk of createReadStream(join(folder, name), 'utf8')) {
      // Not by node:readline, for which U+2028 inside of a JSON text ends a line.
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  }
}
