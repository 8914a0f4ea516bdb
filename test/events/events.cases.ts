import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Injectable, Logger, Module, Scope } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { OnOtpEvent, OtpOutbox, OtpService } from 'nestjs-ants-otp';
import type {
  AnyOtpEvent,
  OtpDelivered,
  OtpEventOf,
  OtpUndelivered,
  OtpVerified,
} from 'nestjs-ants-otp';
import { FakeClock, OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import { OUTBOX_SQL } from '../../src/persistence/outbox.sql.js';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import type { ChildAppOptions } from '../support/child-app.js';
import { repetitions } from '../support/counts.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { accepted, OtpClient } from '../support/otp-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { letTimePass } from '../support/let-time-pass.js';
import { until } from '../support/until.js';
import { itInAll } from '../support/in-all.js';

const simulator = recordedSimulator({ reports: 'manual' });
beforeAll(() => simulator.start());
afterAll(() => simulator.stop());

/** What the app under test has running; ended after each test. */
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  jest.restoreAllMocks();
});

async function boot(options: BootOptions = {}): Promise<TestApp> {
  const t = await bootApp({ simulator, ...options });
  open.push(t);
  return t;
}

async function shared(): Promise<TestDatabase> {
  const database = await createMigratedDatabase();
  open.push({ close: () => database.drop() });
  return database;
}

/** Waits for what happens elsewhere; `step` runs before each look. */
const happens = (condition: () => unknown, { step }: { step?: () => unknown } = {}) =>
  until(condition.toString(), async () => {
    await step?.();
    return Boolean(await condition());
  });

/** A promise that the test ends. */
function gate(): { opened: Promise<void>; open: () => void } {
  let end = (): void => undefined;
  const opened = new Promise<void>((resolve) => (end = resolve));
  return {
    opened,
    open: () => {
      end();
    },
  };
}

/** A class with one handler, which does what the test says. */
function handlerOf(
  types: Parameters<typeof OnOtpEvent>[0],
  call: (event: AnyOtpEvent) => unknown,
  name = 'handler',
): Provider {
  @Injectable()
  class Handler {
    @OnOtpEvent(types, { name })
    on(event: AnyOtpEvent): unknown {
      return call(event);
    }
  }
  return Handler;
}

const report = (mobile: string, status: 'DELIVERED' | 'REJECTED' = 'DELIVERED') =>
  simulator.report(simulator.lastSms(mobile)!, { status });
const owed = async ({ database }: TestApp): Promise<number> =>
  (await database.query('SELECT FROM otp_outbox')).rows.length;

/** A whole OTP: request, delivery report, verification. */
async function whole(t: TestApp, subject?: string) {
  const mobile = nextMobile();
  const otp = await t.otps.request({ mobile, subject, purpose: 'login', callbackData: 'order-17' });
  await report(mobile);
  const code = simulator.codeFor(mobile);
  const { proof } = await t.otps.verify(otp.id, code, otp);
  return { ...otp, mobile, code, proof };
}

describe('a handler', () => {
  it('sees the whole way of an OTP in order, and no secret', async () => {
    const seen: AnyOtpEvent[] = [];
    const t = await boot({ providers: [handlerOf('*', (event) => seen.push(event))] });
    const { id, ticket, referenceCode, mobile, code, proof } = await whole(t, 'u1');
    await happens(() => seen.length === 4);
    expect(seen.map(({ type }) => type)).toEqual(['requested', 'sent', 'delivered', 'verified']);
    expect(seen[2]).toEqual({
      eventId: `${id}:3`,
      type: 'delivered',
      at: expect.any(Date),
      otpId: id,
      no: 3,
      instance: 'default',
      purpose: 'login',
      subject: 'u1',
      channel: 'provider',
      callbackData: 'order-17',
      mobileMask: expect.stringMatching(/^0\dx-xxx-\d{4}$/),
      data: expect.objectContaining({
        delivery: 'delivered',
        send: 1,
        messageId: expect.any(String),
      }),
    });
    expect(seen[1]).toMatchObject({ data: { referenceCode } });
    const text = JSON.stringify(seen);
    const token = simulator.lastSms(mobile)!.notifyUrl!.split('/').at(-1)!;
    for (const secret of [code, ticket, proof, token, mobile, mobile.slice(1)])
      expect(text).not.toContain(secret);
    await happens(async () => (await owed(t)) === 0);
  });

  it('is called with types that fit, on controllers as well', async () => {
    const seen: string[] = [];
    @Controller('hooks')
    class Hooks {
      private readonly own = seen;
      @OnOtpEvent('delivered')
      delivered({ data }: OtpDelivered) {
        this.own.push(`${data.delivery} ${data.messageId?.length ?? 0}`);
      }
      @OnOtpEvent(['undelivered', 'verified'])
      end(event: OtpUndelivered | OtpVerified) {
        if (event.type === 'undelivered') this.own.push(event.data.delivery);
        else this.own.push(`recovered: ${event.data.recovered ?? false}`);
      }
      @OnOtpEvent(['sent', 'resent'])
      sent({ data, type }: OtpEventOf<'sent' | 'resent'>) {
        this.own.push(`${type} ${typeof data.otpId}`);
      }
    }
    const t = await boot({ controllers: [Hooks] });
    await whole(t);
    const mobile = nextMobile();
    await t.otps.request({ mobile });
    await report(mobile, 'REJECTED');
    await happens(() => seen.length === 5);
    expect(seen.sort()).toEqual([
      expect.stringMatching(/^delivered \d+$/),
      'recovered: false',
      'rejected',
      'sent string',
      'sent string',
    ]);
    const { rows } = await t.database.query(
      'SELECT DISTINCT handler FROM otp_handlers ORDER BY handler',
    );
    expect(rows.map(({ handler }) => handler)).toEqual([
      'Hooks.delivered',
      'Hooks.end',
      'Hooks.sent',
    ]);
  });

  it('that throws is called again, and delays neither another handler nor another OTP', async () => {
    const clock = new FakeClock(Date.now());
    const seen: string[] = [];
    let broken = true;
    const t = await boot({
      clock,
      providers: [
        handlerOf('*', ({ subject, type }) => {
          if (broken && subject === 'u1') throw new Error('no');
          seen.push(`a ${subject ?? ''} ${type}`);
        }),
        handlerOf('*', ({ subject, type }) => seen.push(`b ${subject ?? ''} ${type}`), 'b'),
      ],
    });
    for (const subject of ['u1', 'u2']) await t.otps.request({ mobile: nextMobile(), subject });
    await happens(() => seen.length >= 6);
    expect(seen.sort()).toEqual([
      'a u2 requested',
      'a u2 sent',
      'b u1 requested',
      'b u1 sent',
      'b u2 requested',
      'b u2 sent',
    ]);
    broken = false;
    await t.database.age('1 min');
    await happens(() => seen.includes('a u1 sent'), {
      step: () => {
        clock.advance(1);
      },
    });
  });

  it('that fails 12 times is given up with an alarm, and can be replayed', async () => {
    const alarms: string[] = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((text: unknown) => {
      alarms.push(String(text));
    });
    const clock = new FakeClock(Date.now());
    const seen: string[] = [];
    let tries = 0;
    let broken = true;
    const t = await boot({
      clock,
      providers: [
        handlerOf('*', ({ type }) => {
          if (broken && type === 'requested') {
            tries += 1;
            throw new Error('no');
          }
          seen.push(type);
        }),
      ],
    });
    const { id } = await t.otps.request({ mobile: nextMobile() });
    await happens(() => tries === 12, {
      step: async () => {
        // The dispatcher works on.
        await letTimePass(t.database, 360);
        clock.advance(1);
      },
    });
    await happens(() => seen.length > 0, {
      step: () => {
        clock.advance(1);
      },
    });
    expect([tries, seen]).toEqual([12, ['sent']]);
    const eventId = `${id}:1`;
    expect(alarms).toEqual([
      expect.stringContaining(`ALARM: handler "handler" failed 12 times on event ${eventId}`),
    ]);
    expect(alarms[0]).toContain(`OtpOutbox.replay({ eventId: '${eventId}', handler: 'handler' })`);

    const outbox = t.app.get(OtpOutbox);
    const [parked, ...more] = await outbox.parked();
    expect(more).toEqual([]);
    expect(parked).toEqual({
      eventId,
      handler: 'handler',
      type: 'requested',
      tries: 12,
      at: expect.any(Date),
      parkedAt: expect.any(Date),
    });
    broken = false;
    expect(await outbox.replay({ handler: 'other' })).toBe(0);
    for (const wrong of ['x', `${id}:0`, `${id}:1:1`, ''])
      await expect(outbox.replay({ eventId: wrong })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    expect(await outbox.replay({ eventId, handler: 'handler' })).toBe(1);
    await happens(() => seen.length === 2);
    expect(seen).toEqual(['sent', 'requested']);
    expect(await outbox.replay()).toBe(0);
  });

  it('does not change what the webhook answers, whether it hangs or throws', async () => {
    const held = gate();
    const seen: string[] = [];
    const t = await boot({
      providers: [
        handlerOf('delivered', async () => {
          seen.push('called');
          await held.opened;
          seen.push('ended');
        }),
        handlerOf('delivered', () => Promise.reject(new Error('no')), 'throwing'),
      ],
    });
    const mobile = nextMobile();
    const { id } = await t.otps.request({ mobile });
    const [answer] = await report(mobile);
    seen.push(`answered ${answer ?? 0}`);
    await happens(() => seen.includes('called'));
    expect(await t.otps.status(id)).toMatchObject({ delivery: 'delivered' });
    expect(seen).not.toContain('ended');
    held.open();
    await happens(() => seen.includes('ended'));
    expect(seen).toContain('answered 200');
  });

  it('hears of a proof that was used in a transaction of the app, when it is committed', async () => {
    const clock = new FakeClock(Date.now());
    const seen: string[] = [];
    const t = await boot({
      clock,
      providers: [handlerOf('consumed', ({ type }) => seen.push(type))],
    });
    const { id } = await whole(t);
    await t.app.get(DataSource).transaction(async (manager) => {
      await t.app.get(OtpProofs).consume(id, manager);
      expect(seen).toEqual([]);
    });
    await happens(() => seen.length === 1, {
      step: () => {
        clock.advance(1);
      },
    });
  });
});

const runs = repetitions(1, 20);

describe('several processes', () => {
  /** The tables, and a proxy between them and a process to be killed. */
  const prey = async (handler: ChildAppOptions['handler']) => {
    const database = await shared();
    const proxy = await TcpProxy.before(database.appUrl);
    const child = await startChildApp({ databaseUrl: proxy.url, simulator, handler });
    const client = new OtpClient(child.url);
    const close = async (): Promise<void> => {
      client.close();
      await stopChildApps();
      await proxy.close();
    };
    open.push({ close });
    const owes = async () => (await database.query('SELECT FROM otp_outbox')).rows.length;
    return { database, proxy, child, client, owes };
  };

  it.each(runs)(
    'one that is killed in the middle of a handler leaves its event to another (%i)',
    async () => {
      const { database, child, client, owes } = await prey('never');
      const { id } = accepted(await client.request(nextMobile()));
      await happens(() => child.handled.length === 1);
      expect(await owes()).toBe(2);
      await child.kill();
      const seen: string[] = [];
      await boot({
        database,
        providers: [handlerOf('*', ({ eventId }) => seen.push(eventId), 'handler')],
      });
      const { rows } = await database.query('SELECT FROM otp_outbox WHERE lease_until > now()');
      expect([rows.length, seen]).toEqual([1, []]);
      await database.age('31 s');
      await happens(() => seen.length === 2);
      expect(child.handled).toEqual([`${id}:1`]);
      expect(seen).toEqual([`${id}:1`, `${id}:2`]);
    },
  );

  itInAll.each([
    { moment: 'between the end of a handler and `done`', passage: 'statement', calls: 2 },
    { moment: 'when `done` is written', passage: 'answer', calls: 1 },
  ] as const)(
    'one that is killed $moment leaves the event handled in all: $calls',
    async ({ passage, calls }) => {
      const { database, proxy, child, client, owes } = await prey('at once');
      const done = proxy.hold(passage, OUTBOX_SQL.done);
      void client.request(nextMobile()).catch(() => undefined);
      await done.arrived;
      await child.kill();
      const [first = ''] = child.handled;
      const next = await startChildApp({
        ...{ databaseUrl: database.appUrl, simulator, handler: 'at once' },
      });
      await database.age('31 s');
      await happens(async () => (await owes()) === 0);
      const handled = [...child.handled, ...next.handled].filter((eventId) => eventId === first);
      expect(first).toMatch(/:1$/);
      expect(handled).toHaveLength(calls);
    },
  );

  it('one without a handler for an event writes it for those that have one', async () => {
    const database = await shared();
    const clock = new FakeClock(Date.now());
    const seen: string[] = [];
    const note = ({ type }: AnyOtpEvent) => seen.push(type);
    await boot({ database, clock, providers: [handlerOf('delivered', note, 'worker')] });
    const web = await boot({ database, providers: [handlerOf('sent', () => undefined, 'web')] });
    const mobile = nextMobile();
    await web.otps.request({ mobile });
    expect(await report(mobile)).toEqual([200]);
    await happens(() => seen.length === 1, {
      step: () => {
        clock.advance(30);
      },
    });
    expect(seen).toEqual(['delivered']);
  });

  it.each(runs)('two replicas share 200 events: each handled once, and in order (%i)', async () => {
    const database = await shared();
    const counts = new Map<string, number>();
    const running = new Set<string>();
    const faults: string[] = [];
    const replica = () =>
      boot({
        database,
        providers: [
          handlerOf('*', async ({ eventId, otpId, no }) => {
            if (running.has(otpId)) faults.push(`${eventId} together with another`);
            if (no > 1 && !counts.has(`${otpId}:${no - 1}`)) faults.push(`${eventId} too early`);
            running.add(otpId);
            await new Promise((resolve) => setImmediate(resolve));
            running.delete(otpId);
            counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
          }),
        ],
      });
    const apps = [await replica(), await replica()] as const;
    // In five waves: more calls at once than the gate lets through would wait and be refused.
    for (let wave = 0; wave < 5; wave += 1)
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          apps[n % 2 ? 1 : 0].otps.request({ mobile: nextMobile() }),
        ),
      );
    await happens(async () => (await owed(apps[0])) === 0);
    expect(faults).toEqual([]);
    expect(counts.size).toBe(200);
    expect(new Set(counts.values())).toEqual(new Set([1]));
  });
});

describe('@nestjs/event-emitter', () => {
  class EventEmitter2 {
    readonly emitted: [string, AnyOtpEvent][] = [];
    emit(name: string, event: AnyOtpEvent): boolean {
      this.emitted.push([name, event]);
      return true;
    }
  }
  /** The name that the class of eventemitter2@6 really has. */
  class EventEmitter extends EventEmitter2 {
    static readonly EventEmitter2 = EventEmitter;
  }
  /** Node's own has the same name, and no events of ours. */
  const nodes = new (class EventEmitter {
    readonly emitted: unknown[] = [];
    emit = (...values: unknown[]) => this.emitted.push(values);
  })();

  it.each([
    ['EventEmitter2', EventEmitter2],
    ['EventEmitter', EventEmitter],
  ])('gets every event, by the name otp.<type> (class %s)', async (_, Emitter) => {
    const emitter = new Emitter();
    const ready = gate();
    class EventEmitterReadinessWatcher {
      waitUntilReady = () => ready.opened;
    }
    const t = await boot({
      providers: [
        { provide: 'NODES', useValue: nodes },
        { provide: Emitter, useFactory: () => emitter },
        { provide: 'ALIAS', useExisting: Emitter },
        EventEmitterReadinessWatcher,
      ],
    });
    const { id } = await t.otps.request({ mobile: nextMobile() });
    await happens(async () => {
      const { rows } = await t.database.query('SELECT FROM otp_outbox WHERE attempts = 1');
      return rows.length === 1;
    });
    expect(emitter.emitted).toEqual([]);
    ready.open();
    await happens(() => emitter.emitted.length === 2);
    expect(emitter.emitted.map(([name]) => name)).toEqual(['otp.requested', 'otp.sent']);
    expect(emitter.emitted[1]![1]).toMatchObject({ eventId: `${id}:2`, type: 'sent' });
    expect(nodes.emitted).toEqual([]);
  });
});

describe('the real @nestjs/event-emitter', () => {
  it('gets every event once, whatever its listeners do', async () => {
    const seen: string[] = [];
    @Injectable()
    class Listener {
      private readonly own = seen;
      @OnEvent('otp.*')
      hear({ type, mobileMask }: AnyOtpEvent) {
        this.own.push(`${type} ${mobileMask}`);
      }
    }
    const t = await boot({
      imports: [EventEmitterModule.forRoot({ wildcard: true })],
      providers: [Listener],
    });
    const emitter = t.app.get(EventEmitter2);
    const thrown: string[] = [];
    emitter.prependListener('otp.requested', ({ type }: AnyOtpEvent) => {
      thrown.push(type);
      throw new Error('a listener of the app');
    });
    const mobile = nextMobile();
    const { id } = await t.otps.request({ mobile });
    await t.otps.cancel(id);
    const mask = `0${mobile[1]!}x-xxx-${mobile.slice(-4)}`;
    await happens(() => seen.includes(`canceled ${mask}`));
    await t.app.get(OtpEventDispatcher).idle();
    expect(seen).toEqual([`sent ${mask}`, `canceled ${mask}`]);
    expect(thrown).toEqual(['requested']);
    const { rows } = await t.database.query('SELECT FROM otp_outbox');
    expect(rows).toEqual([]);
  });
});

describe('an app on OtpTestingModule', () => {
  it('sees its handlers run, without a database and without waiting', async () => {
    const seen: string[] = [];
    let broken = true;
    const on = handlerOf(['sent', 'delivered', 'verified'], ({ type }) => {
      if (type === 'verified' && broken) throw new Error('no');
      seen.push(type);
    });
    const testing = await Test.createTestingModule({
      imports: [OtpTestingModule.forTest()],
      providers: [on],
    }).compile();
    const app = testing.createNestApplication();
    app.useLogger(false);
    await app.init();
    open.push(app);
    const otp = app.get(OtpTester);
    const otps = app.get(OtpService);

    const { id, ticket } = await otps.request({ mobile: '081-234-5678' });
    await otp.report('081-234-5678', { status: 'DELIVERED' });
    await otps.verify(id, otp.codeFor('081-234-5678'), { ticket });
    await otp.eventsHandled();
    expect(seen).toEqual(['sent', 'delivered']);

    broken = false;
    otp.advance(1);
    await otp.eventsHandled();
    expect(seen).toEqual(['sent', 'delivered', 'verified']);
    expect(await app.get(OtpOutbox).parked()).toEqual([]);
  });
});

describe('the boot', () => {
  const compileWith = async (...providers: Provider[]): Promise<void> => {
    const testing = await Test.createTestingModule({
      imports: [OtpTestingModule.forTest(), { module: OtherModule, providers }],
    }).compile();
    // After a failed boot, close() of NestJS 11 throws the same error again; that of 12 does not.
    open.push({ close: () => testing.close().catch(() => undefined) });
    await testing.init();
  };
  @Module({})
  class OtherModule {}

  class Points {
    @OnOtpEvent('verified')
    award(): void {
      return undefined;
    }
  }

  it('refuses two handlers of one name, and names both', async () => {
    await expect(
      compileWith(
        Points,
        handlerOf('sent', () => undefined, 'Points.award'),
      ),
    ).rejects.toThrow(
      /two handlers are called "Points\.award": Points\.award of OtherModule and Handler\.on of OtherModule/,
    );
    await expect(compileWith(Points, { provide: 'TWIN', useClass: Points })).rejects.toThrow(
      'two handlers are called',
    );
    await compileWith(Points, { provide: 'ALIAS', useExisting: Points });
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])(
    'refuses a handler whose class is made per use (scope %s)',
    async (scope) => {
      await expect(compileWith({ provide: Points, useClass: Points, scope })).rejects.toThrow(
        '@OnOtpEvent on Points.award cannot work',
      );
    },
  );

  it('refuses what is no event, or no method', () => {
    const decorate = (types: never, value: unknown = () => undefined) => {
      OnOtpEvent(types)({ constructor: Points }, 'award', { value } as never);
    };
    expect(() => {
      decorate('delivred' as never);
    }).toThrow('"delivred" is no event');
    expect(() => {
      decorate([] as never);
    }).toThrow('is no event');
    expect(() => {
      decorate('sent' as never, 42);
    }).toThrow('Points.award is no method');
    const twice = () => undefined;
    decorate('sent' as never, twice);
    expect(() => {
      decorate('resent' as never, twice);
    }).toThrow('one decorator with a list');
  });

  it('tells the types apart', () => {
    class Typed {
      @OnOtpEvent('delivered') one(event: OtpDelivered) {
        return event.data.delivery;
      }
      // @ts-expect-error -- a handler of `sent` is not given what was delivered
      @OnOtpEvent('sent') two(event: OtpDelivered) {
        return event.data.delivery;
      }
    }
    expect(Typed).toBeDefined();
  });
});
