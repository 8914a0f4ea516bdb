import { describe, expect, it } from '@jest/globals';
import { SqlRunner } from './sql-runner.js';
import type { SqlPool } from './sql-runner.js';

/** A pool whose connections answer one statement each as the list says; counts what it was asked. */
function poolOf(...answers: (Error | object[])[]) {
  const seen = { queries: 0, destroyed: 0 };
  const pool: SqlPool = {
    connect: () =>
      Promise.resolve({
        query: () => {
          seen.queries += 1;
          const answer = answers.shift() ?? new Error('asked too often');
          return answer instanceof Error
            ? Promise.reject(answer)
            : Promise.resolve({ rows: answer as Record<string, unknown>[] });
        },
        on: () => undefined,
        off: () => undefined,
        release: (destroy) => {
          if (destroy) seen.destroyed += 1;
        },
      }),
  };
  return { sql: new SqlRunner(pool), seen };
}
const died = () => new Error('Connection terminated unexpectedly');
const refused = (code: string, severity = 'ERROR') =>
  Object.assign(new Error(code), { code, severity });

describe('statements on the pool', () => {
  it('run once', async () => {
    const { sql, seen } = poolOf([{ id: 1 }]);
    expect(await sql.run('SELECT', [])).toEqual([{ id: 1 }]);
    expect(seen).toEqual({ queries: 1, destroyed: 0 });
  });

  it.each([
    ['a connection that died', died(), 1],
    ['a server that shuts down', refused('57P01', 'FATAL'), 1],
    ['a server that is full', refused('53300', 'FATAL'), 1],
    ['a deadlock', refused('40P01'), 0],
  ])('that must not be lost run again after %s', async (_, fault, destroyed) => {
    const { sql, seen } = poolOf(fault, [{ id: 1 }]);
    expect(await sql.runSurely('UPDATE', [])).toEqual({ rows: [{ id: 1 }], again: true });
    expect(seen).toEqual({ queries: 2, destroyed });
  });

  it('that must not be lost tell when the first try was enough', async () => {
    const { sql } = poolOf([]);
    expect(await sql.runSurely('UPDATE', [])).toEqual({ rows: [], again: false });
  });

  it('do not run again after a refusal that would come again', async () => {
    const { sql, seen } = poolOf(refused('23514'));
    await expect(sql.runSurely('UPDATE', [])).rejects.toThrow('23514');
    await expect(poolOf(died()).sql.run('SELECT', [])).rejects.toThrow('terminated');
    expect(seen.queries).toBe(1);
  });
});
