import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { isOtpException } from 'nestjs-ants-otp';
import { DataSource } from 'typeorm';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

/** A busy machine may take its time over the 2.5 s that a call waits for a connection. */
const PATIENCE_MS = 5_000;

/** Calling the module inside one's own transaction is wrong; it must fail, not hang (design, 5). */
describe('a call inside the app’s own transaction that holds the last connection', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ poolSize: 1 });
    t.simulator.configure({ reports: 'manual' });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => t.close());

  const ask = async () => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    return { id, ticket, code: t.simulator.codeFor(mobile) };
  };
  /** What the app is told: a code, or that it is still told nothing. */
  const toldOf = async (call: Promise<unknown>): Promise<unknown> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, 'hangs');
    });
    const told = call.then(
      () => 'done',
      (error: unknown) => (isOtpException(error) ? error.code : error),
    );
    const first = await Promise.race([told, patience]);
    clearTimeout(timer);
    return first;
  };

  it('is refused, the log says why, and nothing has happened', async () => {
    const [sent, checked, canceled] = [await ask(), await ask(), await ask()];
    await t.database.age('61 s');
    const calls = {
      request: () => t.otps.request({ mobile: nextMobile() }),
      resend: () => t.otps.resend(sent.id, sent),
      verify: () => t.otps.verify(checked.id, checked.code, checked),
      cancel: () => t.otps.cancel(canceled.id, canceled),
    };
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const before = t.simulator.requests.length;

    const runner = t.app.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    const told = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => [name, await toldOf(call())]),
    );
    await runner.rollbackTransaction();
    await runner.release();

    expect(told).toEqual(Object.keys(calls).map((name) => [name, 'unavailable']));
    const why = 'Do not call this module inside your own open transaction';
    expect(log.mock.calls.map(([entry]) => String(entry))).toEqual(
      Object.keys(calls).map(() => expect.stringContaining(why)),
    );
    expect(t.simulator.requests).toHaveLength(before);
    for (const { id } of [sent, checked, canceled])
      expect((await t.otps.history(id)).map(({ type }) => type)).toEqual(['requested', 'sent']);
    await t.otps.verify(checked.id, checked.code, checked);
  });
});
