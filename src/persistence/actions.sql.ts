import { ACTION_COLUMNS } from './otp.rows.js';
import { columns } from './sql-parts.js';

const SHOWN = columns(ACTION_COLUMNS, 'a');

/** What operators did: rows are added and never changed. Ids are ordered by time. */
export const ACTIONS_SQL = {
  /** $1 id, $2 instance, $3 actor, $4 action, $5 otp_id, $6 stop_key */
  record: `
INSERT INTO otp_actions (id, instance, at, actor, action, otp_id, stop_key)
VALUES ($1, $2, now(), $3, $4, $5, $6)`,

  /** $1 instance, $2 limit */
  newest: `SELECT ${SHOWN} FROM otp_actions AS a WHERE a.instance = $1 ORDER BY a.id DESC LIMIT $2`,

  /** $1 instance, $2 otp_id, $3 limit */
  about: `
SELECT ${SHOWN} FROM otp_actions AS a WHERE a.instance = $1 AND a.otp_id = $2 ORDER BY a.id DESC LIMIT $3`,
} as const;
