import pg from 'pg';
import type { SentSms } from 'nestjs-ants-otp/testing';
import type { LifeEnd } from './user.js';

/** What must be zero after a soak, each as a sentence about how many. */
export type Discrepancies = Record<string, number>;

interface Row {
  id: string;
  status: string;
  delivery: string;
  /** How often the history says that it was verified. */
  verified: number;
}

/** Compares what users were told, what the simulated ANTS sent and what the database knows. */
export async function compareAccounts(
  databaseUrl: string,
  lives: readonly LifeEnd[],
  inbox: readonly SentSms[],
  handled: readonly string[],
): Promise<Discrepancies> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(`
      SELECT id, status, delivery,
        (SELECT count(*)::int FROM otp_events e WHERE e.otp_id = o.id AND e.type = 'verified') AS verified
      FROM otps o`);
    const { rows: sends } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM otp_sends`,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    const answered = lives.filter(({ id }) => id !== undefined);
    const row = ({ id = '' }: LifeEnd): Row | undefined => byId.get(id);
    const reached = new Set(inbox.map(({ to }) => to));
    const heard = new Set(handled);
    const count = (list: readonly unknown[]): number => list.length;
    return {
      'OTPs answered and not stored': count(answered.filter((life) => !row(life))),
      'logins answered and not stored': count(
        answered.filter((life) => life.end === 'verified' && row(life)?.status !== 'verified'),
      ),
      'logins stored twice': count(rows.filter(({ verified }) => verified > 1)),
      'numbers with a second SMS': inbox.length - reached.size,
      'SMS that no row knows': Math.max(0, inbox.length - (sends[0]?.count ?? 0)),
      'reports lost': count(
        answered.filter((life) => {
          const sent = reached.has(`66${life.mobile.slice(1)}`);
          return sent && row(life)?.delivery !== 'delivered';
        }),
      ),
      'events that reached no handler': count(
        rows.filter(({ id, verified }) => verified > 0 && !heard.has(id)),
      ),
    };
  } finally {
    await client.end();
  }
}

/** Waits, within bounds, until every handler has had its events. @returns whether it has */
export async function outboxIsEmpty(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let tries = 0; tries < 120; tries++) {
      const { rows } = await client.query('SELECT FROM otp_outbox LIMIT 1');
      if (rows.length === 0) return true;
      await client.query('SELECT pg_sleep(0.5)');
    }
    return false;
  } finally {
    await client.end();
  }
}
