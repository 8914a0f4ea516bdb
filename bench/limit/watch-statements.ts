import pg from 'pg';

export interface RecordedStatement {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * Tells each statement of the module that is about to be sent to PostgreSQL, until the returned function is
 * called. What `seen` returns is waited for.
 */
export function watchStatements(
  seen: (statement: RecordedStatement) => Promise<void> | undefined,
): () => void {
  const client = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = client;
  client.query = function (this: unknown, ...args: unknown[]): unknown {
    const send = (): unknown => Reflect.apply(query, this, args);
    const { name, text, values } = args[0] as Partial<RecordedStatement>;
    if (!name?.startsWith('otp_') || !text || !values) return send();
    const waited = seen({ name, text, values });
    return waited ? waited.then(send) : send();
  };
  return () => {
    client.query = query;
  };
}
