import pg from 'pg';
import { fillerOf } from './filler.js';
import type { Subject } from './filler.js';
import type { FlowName, RecordedFlow, RecordedFlows } from './recorded-flows.js';
import type { RecordedStatement } from './watch-statements.js';

type Row = Record<string, unknown>;
type Run = (subject: Subject) => Promise<Row>;

export interface FloorFlow extends Pick<RecordedFlow, 'answer' | 'call'> {
  /** Every statement but the last, and the row of the last of them. */
  before: Run;
  /** The last one: in a flow that calls ANTS, what comes after the call. */
  settle: Run;
}

/** The recorded statements as prepared ones, each on a connection of its own, as the module runs them. */
export class FloorDatabase {
  private readonly pool: pg.Pool;
  private readonly flows: ReadonlyMap<FlowName, FloorFlow>;

  constructor(connectionString: string, flows: RecordedFlows) {
    // The size that TypeORM's pool has by default.
    this.pool = new pg.Pool({ connectionString, max: 10 });
    const entries = Object.entries(flows) as [FlowName, RecordedFlow][];
    this.flows = new Map(entries.map(([name, flow]) => [name, this.floorOf(flow)]));
  }

  flow(name: FlowName): FloorFlow {
    const flow = this.flows.get(name);
    if (!flow) throw new Error(`The flow ${name} was not recorded.`);
    return flow;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private floorOf({ statements, facts, answer, call }: RecordedFlow): FloorFlow {
    const runs = statements.map((statement) => this.runOf(statement, facts));
    const settle = runs.pop();
    if (!settle) throw new Error('A flow without a statement.');
    return {
      answer,
      call,
      settle,
      before: async (subject) => {
        let row: Row = {};
        for (const run of runs) row = await run(subject);
        return row;
      },
    };
  }

  private runOf({ name, text, values }: RecordedStatement, facts: RecordedFlow['facts']): Run {
    const fill = fillerOf(values, facts);
    return async (subject) => {
      const { rows } = await this.pool.query<Row>({ name, text, values: fill(subject) });
      if (!rows[0]) throw new Error(`The floor's statement ${name} did nothing.`);
      return rows[0];
    };
  }
}
