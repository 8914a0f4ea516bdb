import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { MAX_HANDLER_TRIES, retryDelay } from '../../domain/outbox.js';
import { OTP_EVENT_TYPES } from '../../domain/otp.js';
import type { OtpEventType } from '../../domain/otp.js';
import type { OtpSettings } from '../../options/otp.settings.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryOtpStore } from '../../testing/memory-otp.store.js';
import { Alarms } from '../alarms.js';
import { NoTelemetry } from '../no-telemetry.js';
import type { EventHandler, EventHandlers } from './event-handlers.js';
import { heralded } from './heralded-store.js';
import { OtpEventDispatcher } from './otp-event-dispatcher.js';
import type { AnyOtpEvent } from './otp-event.js';
import { ask, newOtp, sentAnswer } from '../../../test/contract/store-fixtures.js';

type Call = (event: AnyOtpEvent) => unknown;

let clock: FakeClock;
let memory: MemoryOtpStore;
let dispatcher: OtpEventDispatcher;
let store: MemoryOtpStore;
let seen: string[];
const log = { warn: [] as string[], error: [] as string[] };

beforeEach(() => {
  clock = new FakeClock();
  memory = new MemoryOtpStore(clock);
  seen = [];
  for (const level of ['warn', 'error'] as const) {
    log[level] = [];
    jest.spyOn(Logger.prototype, level).mockImplementation((text: unknown) => {
      log[level].push(String(text));
    });
  }
});
afterEach(async () => {
  await dispatcher.beforeApplicationShutdown();
  jest.restoreAllMocks();
});

const handler = (
  name: string,
  call: Call,
  types: readonly OtpEventType[] = OTP_EVENT_TYPES,
): EventHandler => ({ name, types, place: name, call });

async function start(...handlers: EventHandler[]): Promise<void> {
  const settings = { instance: 'default', sweepEvery: false } as unknown as OtpSettings;
  const found = { find: () => handlers } as unknown as EventHandlers;
  const alarms = new Alarms(settings, new NoTelemetry());
  dispatcher = new OtpEventDispatcher(found, memory.outbox, settings, clock, alarms);
  store = heralded(memory, dispatcher);
  await dispatcher.onModuleInit();
  dispatcher.onApplicationBootstrap();
}

/** Notes what it is given; `fails` says which tries throw. */
const noting =
  (name = '', fails: (event: AnyOtpEvent) => boolean = () => false): Call =>
  (event) => {
    seen.push(name + event.type);
    if (fails(event)) throw new Error('cannot');
  };

/** Writes `requested` and, if wanted, `sent`. */
async function write(sent = true): Promise<string> {
  const otp = newOtp();
  await store.reserveRequest(ask(otp));
  if (sent) await store.settleRequest(otp.id, sentAnswer(), {});
  return otp.id;
}

/** A promise that the test ends. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
const turns = async (count = 20): Promise<void> => {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
};
const pass = async (seconds: number): Promise<void> => {
  clock.advance(seconds);
  await turns();
};

describe('without handlers', () => {
  it('nothing is looked at and nothing waits', async () => {
    const claim = jest.spyOn(memory.outbox, 'claim');
    const register = jest.spyOn(memory.outbox, 'register');
    const sleep = jest.spyOn(clock, 'sleep');
    await start();
    await write();
    await pass(3600);
    expect([claim, register, sleep].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  });
});

describe('a handler', () => {
  it('gets the events in order, without a moment passing', async () => {
    await start(handler('a', noting()));
    await write();
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'sent']);
  });

  it('gets what was written before it began to listen for its name', async () => {
    await start(handler('a', noting()));
    await dispatcher.beforeApplicationShutdown();
    await write();
    await start(handler('a', noting()));
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'sent']);
  });

  it('is called after the answer of the write, not on its way', async () => {
    await start(handler('a', noting()));
    const claim = jest.spyOn(memory.outbox, 'claim');
    await turns();
    claim.mockClear();
    await write(false);
    expect(claim).not.toHaveBeenCalled();
    await dispatcher.idle();
    expect(seen).toEqual(['requested']);
  });

  it('does not run in the async context of who wrote the event', async () => {
    const context = new AsyncLocalStorage<string>();
    const contexts: unknown[] = [];
    await start(handler('a', () => contexts.push(context.getStore())));
    await context.run('a request', () => write());
    await dispatcher.idle();
    expect(contexts).toEqual([undefined, undefined]);
  });

  it('that needs time delays neither another handler nor another OTP', async () => {
    const held = gate();
    await start(
      handler('slow', async (event) => {
        seen.push(`slow ${event.no}`);
        await held.opened;
      }),
      handler('quick', noting('quick ')),
    );
    await write();
    await write(false);
    await turns();
    expect(seen.sort()).toEqual([
      'quick requested',
      'quick requested',
      'quick sent',
      'slow 1',
      'slow 1',
    ]);
    held.open();
    await dispatcher.idle();
    expect(seen).toContain('slow 2');
  });

  it('works on ten events at once', async () => {
    const held = gate();
    let running = 0;
    await start(
      handler('a', async () => {
        running += 1;
        await held.opened;
      }),
    );
    for (let n = 0; n < 15; n += 1) await write(false);
    await turns();
    expect(running).toBe(10);
    held.open();
    await dispatcher.idle();
    expect(running).toBe(15);
  });

  it('has 25 s; then the event is tried again', async () => {
    let calls = 0;
    await start(
      handler('a', (event) => {
        calls += 1;
        seen.push(event.type);
        return calls === 1 ? new Promise(() => undefined) : undefined;
      }),
    );
    await write();
    await turns();
    await pass(24);
    expect(seen).toEqual(['requested']);
    await pass(1);
    expect(log.warn).toEqual([expect.stringContaining('no end after 25 s')]);
    await pass(1);
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'requested', 'sent']);
  });

  it('does not get types that only an older version of it wanted', async () => {
    await start(handler('a', noting(), ['requested', 'sent']));
    await dispatcher.beforeApplicationShutdown();
    await write();
    await start(handler('a', noting(), ['sent']));
    await dispatcher.idle();
    expect(seen).toEqual(['sent']);
    await pass(3600);
    await dispatcher.idle();
    expect(seen).toEqual(['sent']);
  });
});

describe('a handler that throws', () => {
  it('is called again after 1, 2, 4 … 300 s, and holds up nobody but its own OTP', async () => {
    let broken = true;
    await start(
      handler(
        'a',
        noting('a ', ({ no }) => broken && no === 1),
      ),
      handler('b', noting('b ')),
    );
    await write();
    await dispatcher.idle();
    expect(seen.sort()).toEqual(['a requested', 'b requested', 'b sent']);
    for (const wait of [1, 2, 4, 8]) {
      seen = [];
      await pass(wait * 0.74);
      expect(seen).toEqual([]);
      // Looks are a second apart.
      await pass(wait * 0.26 + 1);
      expect(seen).toEqual(['a requested']);
    }
    broken = false;
    await pass(17);
    await dispatcher.idle();
    expect(seen).toEqual(['a requested', 'a requested', 'a sent']);
    expect(log.warn[0]).toMatch(
      /^Handler "a" failed on event [\w-]{36}:1 \(requested\), try 1 of 12/,
    );
  });

  it('is given up after 12 tries with an alarm; the next event goes on', async () => {
    await start(
      handler(
        'a',
        noting('', ({ no }) => no === 1),
      ),
    );
    const id = await write();
    for (let n = 1; n < MAX_HANDLER_TRIES; n += 1) {
      await dispatcher.idle();
      expect(log.error).toEqual([]);
      await pass(301);
    }
    await dispatcher.idle();
    expect(seen).toEqual([...Array<string>(12).fill('requested'), 'sent']);
    expect(log.error).toEqual([
      `ALARM: handler "a" failed 12 times on event ${id}:1 (requested) and is not called for it any more: cannot. When it is mended, call OtpOutbox.replay({ eventId: '${id}:1', handler: 'a' }).`,
    ]);
  });

  it('is given up as well when no process lives to the end of a try', async () => {
    await start(handler('a', noting()));
    await dispatcher.beforeApplicationShutdown();
    await write(false);
    const ask = [{ name: 'a', types: OTP_EVENT_TYPES, limit: 1 }];
    for (let n = 0; n < MAX_HANDLER_TRIES; n += 1) {
      expect((await memory.outbox.claim('default', ask, 30)).events).toHaveLength(1);
      clock.advance(31);
    }
    await start(handler('a', noting()));
    await dispatcher.idle();
    expect(seen).toEqual([]);
    expect(await memory.outbox.parked('default', 10)).toHaveLength(1);
    expect(log.error).toEqual([expect.stringContaining('no process lived')]);
  });
});

describe('while nothing happens', () => {
  it('there is a look each 30 s, and each second while something is open', async () => {
    let broken = true;
    await start(
      handler(
        'a',
        noting('', () => broken),
      ),
    );
    await turns();
    const claim = jest.spyOn(memory.outbox, 'claim');
    await pass(29);
    expect(claim).toHaveBeenCalledTimes(0);
    await pass(1);
    expect(claim).toHaveBeenCalledTimes(1);
    await write(false);
    await dispatcher.idle();
    claim.mockClear();
    for (let n = 0; n < 3; n += 1) await pass(0.5);
    expect(claim.mock.calls.length).toBeGreaterThanOrEqual(1);
    broken = false;
    await pass(300);
    await dispatcher.idle();
    claim.mockClear();
    await pass(29);
    expect(claim).toHaveBeenCalledTimes(0);
  });

  it('what another process wrote is found', async () => {
    await start(handler('a', noting()));
    await turns();
    store = memory;
    await write();
    await turns();
    expect(seen).toEqual([]);
    await pass(30);
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'sent']);
  });

  it('what a transaction of the app wrote is looked for each second for a while', async () => {
    await start(handler('a', noting()));
    await turns();
    store = memory;
    dispatcher.expect();
    await turns();
    await write(false);
    await pass(1);
    expect(seen).toEqual(['requested']);
    const claim = jest.spyOn(memory.outbox, 'claim');
    await pass(30);
    claim.mockClear();
    await pass(20);
    expect(claim).toHaveBeenCalledTimes(0);
  });

  it('handlers stay known, and those of nobody are forgotten after a week', async () => {
    await memory.outbox.register('default', [{ name: 'old', types: ['sent'] }]);
    await start(handler('a', noting(), ['sent']));
    await write();
    await dispatcher.idle();
    const old = [{ name: 'old', types: ['sent'] as const, limit: 0 }];
    expect(await memory.outbox.claim('default', old, 30)).toMatchObject({ open: true });
    for (let day = 0; day < 8; day += 1) await pass(86_400);
    expect(await memory.outbox.claim('default', old, 30)).toMatchObject({ open: false });
    await write();
    await dispatcher.idle();
    expect(seen).toEqual(['sent', 'sent']);
  });

  it('a database that is away is asked again, and named once', async () => {
    await start(handler('a', noting()));
    await turns();
    const claim = jest.spyOn(memory.outbox, 'claim');
    for (let n = 0; n < 3; n += 1) claim.mockRejectedValueOnce(new Error('no connection'));
    await write();
    for (let n = 0; n < 4; n += 1) await pass(1);
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'sent']);
    expect(log.warn).toEqual(['The look for events failed and goes on: no connection']);
  });

  it('an end that could not be written down is a try that is made again', async () => {
    await start(handler('a', noting()));
    jest.spyOn(memory.outbox, 'done').mockRejectedValueOnce(new Error('no connection'));
    await write(false);
    await turns();
    expect(log.warn).toEqual([expect.stringContaining('could not be written down')]);
    await pass(31);
    await dispatcher.idle();
    expect(seen).toEqual(['requested', 'requested']);
  });
});

describe('at shutdown', () => {
  it('nothing new begins, and what runs comes to its end', async () => {
    const held = gate();
    await start(
      handler('a', async (event) => {
        seen.push(event.type);
        await held.opened;
      }),
    );
    await write();
    await turns();
    const stopped = dispatcher.beforeApplicationShutdown();
    await write(false);
    await turns();
    held.open();
    await stopped;
    await turns();
    expect(seen).toEqual(['requested']);
    const ask = [{ name: 'a', types: OTP_EVENT_TYPES, limit: 9 }];
    const { events } = await memory.outbox.claim('default', ask, 30);
    expect(events.map(({ type }) => type).sort()).toEqual(['requested', 'sent']);
  });

  it('what does not end within 12 s is given to other processes, and counts no more here', async () => {
    const held = gate();
    await start(handler('a', () => held.opened, ['requested']));
    await write();
    await turns();
    const real = globalThis.setTimeout;
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((work: () => void, ms: number) =>
        real(work, ms === 12_000 ? 0 : ms)) as typeof setTimeout);
    await dispatcher.beforeApplicationShutdown();
    held.open();
    await turns();
    const ask = [{ name: 'a', types: OTP_EVENT_TYPES, limit: 9 }];
    expect((await memory.outbox.claim('default', ask, 30)).events).toMatchObject([
      { type: 'requested', attempts: 2 },
    ]);
  });
});

it('the waits double from 1 s to 5 min, less up to a quarter', () => {
  expect([1, 2, 3, 9, 10, 12].map((tries) => retryDelay(tries, 0))).toEqual([
    1, 2, 4, 256, 300, 300,
  ]);
  expect(retryDelay(3, 1)).toBe(3);
});
