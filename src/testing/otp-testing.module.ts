import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { OtpModule } from '../otp.module.js';
import type { OtpModuleExtras } from '../otp.module-definition.js';
import { checkNames } from '../options/check-names.js';
import type { OtpOptions } from '../options/otp.options.js';
import { Clock } from '../ports/clock.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import { ConsoleStore } from '../ports/console-store.js';
import { ActionLog } from '../ports/action-log.js';
import { ControlStore } from '../ports/control-store.js';
import { OTP_DATA_SOURCE } from '../persistence/data-source.js';
import { SqlRunner } from '../persistence/sql-runner.js';
import { EventHerald } from '../ports/event-herald.js';
import { OtpStore } from '../ports/otp-store.js';
import { OutboxStore } from '../ports/outbox-store.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import { RekeyStore } from '../ports/rekey-store.js';
import { Telemetry } from '../ports/telemetry.js';
import { heralded } from '../service/events/heralded-store.js';
import { OtpEventDispatcher } from '../service/events/otp-event-dispatcher.js';
import { observedStore } from '../service/observed-store.js';
import { DEFAULT_INSTANCE } from '../service/instance-name.js';
import { FirstDelay } from '../service/recent-calls.js';
import { RecordReport } from '../service/record-report.js';
import { AntsSimulator } from './ants-simulator.js';
import { DATA_CHECKS, OPTION_CHECKS } from './ants-simulator.changes.js';
import { checked, type ChecksOf } from './ants-simulator.checks.js';
import type { AntsSimulatorOptions } from './ants-simulator.options.js';
import { FakeClock } from './fake-clock.js';
import { MemoryDatabaseProbe } from './memory-database.probe.js';
import { MemoryOtpStore } from './memory-otp.store.js';
import { MemoryRekeyStore } from './memory-rekey.store.js';
import { OtpTester } from './otp-tester.js';

/** What `OtpTestingModule.forTest` takes; everything has a default. */
export interface OtpTestingOptions extends Omit<OtpModuleExtras, 'dataSource' | 'database'> {
  /** Options of the module as your app sets them, such as `purposes`. @default the module's defaults */
  otp?: Partial<OtpOptions>;
  /** How ANTS behaves. Reports come only from `OtpTester.report`. @default as documented */
  ants?: Omit<AntsSimulatorOptions, 'now'>;
  /** The time of the module, its store and ANTS. @default a new one that stands at the real time */
  clock?: FakeClock;
}

const ANTS_CHECKS = { ...DATA_CHECKS, onSms: OPTION_CHECKS.onSms } satisfies ChecksOf<
  NonNullable<OtpTestingOptions['ants']>
>;

/** What is in them is checked by `OtpModule` and by the simulator. */
const NAMES: Record<keyof OtpTestingOptions, null> = {
  otp: null,
  ants: null,
  clock: null,
  name: null,
  isGlobal: null,
  webhook: null,
  routes: null,
};

/** The token of a named module's `OtpTester`: `app.get(getOtpTesterToken('staff'))`. */
export const getOtpTesterToken = (name: string = DEFAULT_INSTANCE): string =>
  `nestjs-ants-otp:${name}:OtpTester`;

/** Ends the simulator with the app. */
@Injectable()
class SimulatorShutdown implements OnApplicationShutdown {
  constructor(private readonly simulator: AntsSimulator) {}

  onApplicationShutdown(): Promise<void> {
    return this.simulator.stop();
  }
}

/**
 * `OtpModule` for an app's own tests: its real services, guards and routes over a store in memory, a
 * simulated ANTS on a port of its own and a clock that the test moves. No database, no environment,
 * no waiting.
 */
@Module({})
export class OtpTestingModule {
  /**
   * Takes the place of `OtpModule.forRoot` in a test. Close the app when the test ends.
   *
   * @example
   * const testing = await Test.createTestingModule({
   *   imports: [OtpTestingModule.forTest(), LoginModule],
   * }).compile();
   * const otp = testing.get(OtpTester);
   */
  static forTest(options: OtpTestingOptions = {}): DynamicModule {
    checkNames(options, NAMES, 'forTest.');
    const { otp, ants = {}, clock, ...extras } = options;
    const time = clock ?? new FakeClock(Date.now());
    const store = new MemoryOtpStore(time);
    const behaviour = checked('forTest(): "ants"', ants, ANTS_CHECKS);
    const simulator = new AntsSimulator({ reports: 'manual', ...behaviour, now: () => time.now() });
    const real = OtpModule.forRootAsync({
      ...extras,
      useFactory: async () => ({ ...(await optionsFor(simulator)), ...otp }),
    });
    // By their classes, as everything else, they are those of the module without a name.
    const byClass = [undefined, DEFAULT_INSTANCE].includes(extras.name)
      ? [
          { provide: OtpTester, useExisting: getOtpTesterToken() },
          { provide: AntsSimulator, useValue: simulator },
          { provide: FakeClock, useValue: time },
        ]
      : [];
    return {
      ...real,
      providers: [
        ...(real.providers ?? []),
        { provide: Clock, useValue: time },
        // The one part of the module that needs a database; who uses it is replaced below.
        { provide: OTP_DATA_SOURCE, useValue: null },
        { provide: SqlRunner, useValue: null },
        { provide: DatabaseProbe, useValue: new MemoryDatabaseProbe(time) },
        {
          provide: OtpStore,
          useFactory: (herald: EventHerald, telemetry: Telemetry) =>
            observedStore(heralded(store, herald), telemetry),
          inject: [EventHerald, Telemetry],
        },
        // Nobody would let the time of a decoy's call pass.
        { provide: FirstDelay, useValue: new FirstDelay(0) },
        { provide: OutboxStore, useValue: store.outbox },
        { provide: ControlStore, useValue: store.controls },
        { provide: ConsoleStore, useValue: store.console },
        { provide: ActionLog, useValue: store.actions },
        {
          provide: PrivacyStore,
          useFactory: (herald: EventHerald) => heralded(store.privacy, herald),
          inject: [EventHerald],
        },
        { provide: RekeyStore, useValue: new MemoryRekeyStore(store.controls) },
        { provide: SimulatorShutdown, useValue: new SimulatorShutdown(simulator) },
        {
          provide: getOtpTesterToken(extras.name),
          useFactory: (reports: RecordReport, events: OtpEventDispatcher) =>
            new OtpTester(simulator, time, reports, events),
          inject: [RecordReport, OtpEventDispatcher],
        },
        ...byClass,
      ],
      exports: [
        ...(real.exports ?? []),
        getOtpTesterToken(extras.name),
        ...byClass.map(({ provide }) => provide),
      ],
    };
  }
}

async function optionsFor(simulator: AntsSimulator): Promise<OtpOptions> {
  const { username, password, otcIds } = simulator.settings;
  return {
    username,
    password,
    otcId: otcIds[0] ?? '',
    baseUrl: await simulator.start(),
    allowInsecure: true,
    // Nothing is posted there: `OtpTester.report` hands reports over inside the process.
    publicUrl: 'http://app.test',
    secret: randomBytes(32).toString('base64url'),
    sweepEvery: false,
  };
}
