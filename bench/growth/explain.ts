import pg from 'pg';
import { median } from '../harness/percentile.js';
import type { RecordedStatement } from '../limit/watch-statements.js';

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;

export interface Explained {
  ms: number;
  /** Pages that were looked at, in memory or not, in the round with the fewest. */
  buffers: number;
  /** How each table was read, in the order of the plan. */
  scans: string[];
  seqScans: string[];
  /** Index scans of the plan, each loop counted. */
  indexes: number;
  /** Index pages a level deeper that a statement may look at: of each descent, and of each index a row was put into. */
  touched: number;
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  /** Of PostgreSQL 18: descents of an index, one for each value of a list. */
  'Index Searches'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
}
interface Result {
  Plan: Plan;
  'Execution Time': number;
}

const TABLE = /^otp(s|_sends|_events|_limits|_conversions|_figures)$/;

/** Runs a statement by its plan for all values, as it is used after a while, and takes it back each time. */
export class Explainer {
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: pg.Client) {}

  static async open(connectionString: string): Promise<Explainer> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query('SET plan_cache_mode = force_generic_plan');
    return new Explainer(client);
  }

  /** One after the other: a page asks several things at once, and there is one connection. */
  explain(statement: RecordedStatement): Promise<Explained> {
    const explained = this.last.then(() => this.explainNow(statement));
    this.last = explained.catch(() => undefined);
    return explained;
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  private async explainNow({ name, text, values }: RecordedStatement): Promise<Explained> {
    await this.client.query(`PREPARE "${name}" AS ${text}`);
    const given = values.length === 0 ? '' : `(${values.map(literal).join()})`;
    const results: Result[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      await this.client.query('BEGIN');
      const { rows } = await this.client.query<{ 'QUERY PLAN': [Result] }>(
        `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE "${name}"${given}`,
      );
      await this.client.query('ROLLBACK');
      if (round >= WARM_UP_ROUNDS) results.push(...rows.flatMap((row) => row['QUERY PLAN']));
    }
    const [first] = results;
    if (!first) throw new Error('Nothing was explained.');
    const scans = nodesOf(first.Plan).filter(isScan);
    return {
      ms: median(results.map((result) => result['Execution Time'])),
      buffers: Math.min(...results.map(({ Plan: plan }) => buffersOf(plan))),
      scans: scans.map(lineOf),
      seqScans: scans.filter(isWhole).map((node) => node['Relation Name'] ?? ''),
      indexes: scans.filter((node) => node['Index Name'] !== undefined).length,
      touched: nodesOf(first.Plan).reduce((sum, node) => sum + touchedBy(node), 0),
    };
  }
}

/** Indexes of a table that each row written may go into. */
const INDEXES: Readonly<Record<string, number>> = {
  ...{ otps: 6, otp_sends: 4, otp_events: 2, otp_limits: 3, otp_outbox: 2, otp_figures: 1 },
};

function touchedBy(node: Plan): number {
  if (node['Index Name'] !== undefined) return node['Index Searches'] ?? node['Actual Loops'];
  if (node['Node Type'] !== 'ModifyTable') return 0;
  const rows = Math.max(
    ...(node.Plans ?? []).map((plan) => plan['Actual Rows'] * plan['Actual Loops']),
  );
  return (INDEXES[node['Relation Name'] ?? ''] ?? 0) * rows;
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const buffersOf = (plan: Plan): number => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
const isWhole = (node: Plan): boolean =>
  node['Node Type'] === 'Seq Scan' && TABLE.test(node['Relation Name'] ?? '');
const isScan = (node: Plan): boolean => node['Index Name'] !== undefined || isWhole(node);
const lineOf = (node: Plan): string =>
  `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name'] ?? ''}: ${node['Actual Rows'] * node['Actual Loops']} rows, ${buffersOf(node)} buffers`;

/** As `pg` would send the value: a statement that is executed by its name takes no parameters. */
function literal(value: unknown): string {
  const { prepareValue } = (pg as unknown as PgUtils).utils;
  const sent = prepareValue(value);
  if (sent === null) return 'NULL';
  return Buffer.isBuffer(sent) ? `'\\x${sent.toString('hex')}'` : pg.escapeLiteral(sent);
}

/** Not in the types of `pg`. */
interface PgUtils {
  utils: { prepareValue: (value: unknown) => string | Buffer | null };
}
