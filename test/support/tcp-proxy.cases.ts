import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { recordedSimulator } from './leaks/recorded-simulator.js';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

describe('a proxy before Postgres', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    await database.query('CREATE TABLE marks (mark text)');
  });
  beforeEach(async () => {
    proxy = await TcpProxy.before(database.url);
    client = await connected();
    await database.query('TRUNCATE marks');
  });
  afterEach(async () => {
    await proxy.close();
  });
  afterAll(() => database.drop());

  const connected = async (): Promise<pg.Client> => {
    const opened = new pg.Client({ connectionString: proxy.url });
    opened.on('error', () => undefined);
    await opened.connect();
    return opened;
  };
  const marks = async (): Promise<unknown[]> =>
    (await database.query('SELECT mark FROM marks ORDER BY mark')).rows.map(({ mark }) => mark);
  const INSERT = 'INSERT INTO marks (mark)';
  const WAYS: [name: string, mark: (mark: string) => Promise<unknown>][] = [
    ['plain', (mark) => client.query(`${INSERT} VALUES ('${mark}')`)],
    ['with values', (mark) => client.query(`${INSERT} VALUES ($1)`, [mark])],
    [
      'prepared',
      (mark) =>
        client.query({ name: 'mark', text: `${INSERT} VALUES ($1) RETURNING 1`, values: [mark] }),
    ],
  ];

  it('lets everything through, also what is larger than a packet', async () => {
    const { rows } = await client.query<{ text: string }>(`SELECT repeat($1, 300000) AS text`, [
      'ab',
    ]);
    expect(rows[0]!.text).toHaveLength(600_000);
    await client.query(`${INSERT} VALUES ($1)`, ['x'.repeat(600_000)]);
    expect(await marks()).toEqual(['x'.repeat(600_000)]);
  });

  describe.each(WAYS)('and a statement %s', (_, mark) => {
    beforeEach(() => mark('0')); // a prepared one sends its text only now

    it('stops it before the server gets it', async () => {
      const stop = proxy.hold('statement', INSERT);
      const done = mark('1');
      await stop.arrived;
      expect(await marks()).toEqual(['0']);
      stop.release();
      await done;
      expect(await marks()).toEqual(['0', '1']);
    });

    it('stops its answer when the server has done it', async () => {
      const stop = proxy.hold('answer', INSERT);
      let answered = false;
      const done = mark('1').then(() => (answered = true));
      await stop.arrived;
      expect(await marks()).toEqual(['0', '1']);
      expect(answered).toBe(false);
      stop.release();
      await done;
      await mark('2');
      expect(await marks()).toEqual(['0', '1', '2']);
    });

    it.each([
      ['statement', ['0']],
      ['answer', ['0', '1']],
    ] as const)('cuts its connection at the %s', async (passage, written) => {
      const cut = proxy.cutAt(passage, INSERT);
      await expect(mark('1')).rejects.toThrow(/ECONNRESET|terminated/);
      await cut;
      expect(await marks()).toEqual(written);
      await until('the connection is gone', () => proxy.connections === 0);
    });
  });

  it('stops each statement once, the others pass', async () => {
    const other = await connected();
    const stops = [proxy.hold('answer', INSERT), proxy.hold('statement', INSERT)];
    const done = client.query(`${INSERT} VALUES ($1)`, ['1']);
    await stops[0]!.arrived;
    const second = other.query(`${INSERT} VALUES ($1)`, ['2']);
    await stops[1]!.arrived;
    const third = await connected();
    await third.query(`${INSERT} VALUES ($1)`, ['3']);
    expect(await marks()).toEqual(['1', '3']);
    for (const stop of stops) stop.release();
    await Promise.all([done, second]);
    expect(await marks()).toEqual(['1', '2', '3']);
  });

  it('loses what it holds for a client that is gone', async () => {
    const stop = proxy.hold('statement', INSERT);
    const lost = client.query(`${INSERT} VALUES ('1')`).catch(() => 'lost');
    await stop.arrived;
    (
      client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
    await lost;
    await until('the connection is gone', () => proxy.connections === 0);
    stop.release();
    expect(await marks()).toEqual([]);
  });

  it('cuts all connections at once', async () => {
    const others = await Promise.all([connected(), connected()]);
    const calls = [client, ...others].map((each) => each.query('SELECT pg_sleep(60)'));
    const ends = Promise.allSettled(calls);
    proxy.cut();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await (await connected()).query('SELECT 1');
  });

  it('refuses new connections until it accepts them again', async () => {
    proxy.refuse();
    await expect(connected()).rejects.toThrow(/ECONNRESET|terminated/);
    await client.query('SELECT 1'); // those it has stay
    proxy.accept();
    await (await connected()).query('SELECT 1');
  });

  it('lets nothing through while it pauses', async () => {
    proxy.pause();
    let answered = false;
    const done = client.query(`${INSERT} VALUES ('1')`).then(() => (answered = true));
    const opening = connected();
    await database.query('SELECT pg_sleep(0.05)');
    expect([answered, await marks()]).toEqual([false, []]);
    proxy.resume();
    await done;
    expect(await marks()).toEqual(['1']);
    await (await opening).query('SELECT 1');
  });
});

describe('a proxy before the simulator', () => {
  const simulator = recordedSimulator();
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await TcpProxy.before(await simulator.start());
  });
  afterAll(async () => {
    await proxy.close();
    await simulator.stop();
  });
  const ask = () => fetch(`${proxy.url}/otp/requestOTP`, { method: 'POST', body: '{}' });
  const asked = () => simulator.requests.length;

  it('lets calls through', async () => {
    expect((await ask()).status).toBe(401);
  });

  it.each([
    ['statement', 0],
    ['answer', 1],
  ] as const)('cuts a call at the %s', async (passage, more) => {
    const before = asked();
    const cut = proxy.cutAt(passage, 'requestOTP');
    await expect(ask()).rejects.toThrow();
    await cut;
    expect(asked()).toBe(before + more);
  });
});
