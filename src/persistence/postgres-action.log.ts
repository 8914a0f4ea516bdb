import type { OperatorAction } from '../domain/operator-action.js';
import { ActionLog } from '../ports/action-log.js';
import type { NewOperatorAction } from '../ports/action-log.js';
import { ACTIONS_SQL } from './actions.sql.js';
import { toAction } from './otp.rows.js';
import type { SqlRunner } from './sql-runner.js';

export class PostgresActionLog extends ActionLog {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async record(done: NewOperatorAction): Promise<void> {
    const { id, instance, actor, action, otpId, stopKey } = done;
    await this.sql.run(ACTIONS_SQL.record, [id, instance, actor, action, otpId, stopKey]);
  }

  async newest(instance: string, limit: number): Promise<OperatorAction[]> {
    return (await this.sql.run(ACTIONS_SQL.newest, [instance, limit])).map(toAction);
  }

  async about(instance: string, otpId: string, limit: number): Promise<OperatorAction[]> {
    return (await this.sql.run(ACTIONS_SQL.about, [instance, otpId, limit])).map(toAction);
  }
}
