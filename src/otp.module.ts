import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import type { DynamicModule, InjectionToken, Provider, Type } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { deliveryReportController } from './http/delivery-report.controller.js';
import { MountedWebhook, WebhookPath } from './http/mounted-webhook.js';
import { otpController } from './http/otp.controller.js';
import { OtpExceptionFilter } from './http/otp-exception.filter.js';
import { OtpGuard } from './http/otp.guard.js';
import { RouteCheck } from './http/route-check.js';
import { GuardedRoutes } from './http/openapi/guarded-routes.js';
import { RoutesBody, RoutesPath } from './http/routes-body.js';
import { StatusStreams } from './http/status-streams.js';
import { WebhookIntake } from './http/webhook-intake.js';
import { WebhookSenders } from './http/webhook-senders.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './otp.module-definition.js';
import type {
  ForRootOptions,
  OtpModuleAsyncOptions,
  OtpModuleExtras,
  Unchecked,
} from './otp.module-definition.js';
import { nodeEnv } from './otp.config.js';
import { OtpSettings } from './options/otp.settings.js';
import { name as checkedName } from './options/checks.js';
import { routePaths } from './options/module-extras.js';
import { checkAsyncNames, checkExtraNames } from './options/option-names.js';
import type { OtpOptions } from './options/otp.options.js';
import { dataSourceOf, OTP_DATA_SOURCE } from './persistence/data-source.js';
import { openDatabase } from './persistence/open-database.js';
import { PostgresDatabaseProbe } from './persistence/postgres-database.probe.js';
import { PostgresActionLog } from './persistence/postgres-action.log.js';
import { PostgresConsoleStore } from './persistence/postgres-console.store.js';
import { PostgresControlStore } from './persistence/postgres-control.store.js';
import { PostgresOtpStore } from './persistence/postgres-otp.store.js';
import { PostgresOutboxStore } from './persistence/postgres-outbox.store.js';
import { PostgresPrivacyStore } from './persistence/postgres-privacy.store.js';
import { PostgresRekeyStore } from './persistence/postgres-rekey.store.js';
import { SqlRunner } from './persistence/sql-runner.js';
import { ActionLog } from './ports/action-log.js';
import { Clock } from './ports/clock.js';
import { DatabaseProbe } from './ports/database-probe.js';
import { ConsoleStore } from './ports/console-store.js';
import { ControlStore } from './ports/control-store.js';
import { EventHerald } from './ports/event-herald.js';
import { OtpProvider } from './ports/otp-provider.js';
import { OtpStore } from './ports/otp-store.js';
import { OutboxStore } from './ports/outbox-store.js';
import { PrivacyStore } from './ports/privacy-store.js';
import { RekeyStore } from './ports/rekey-store.js';
import { Telemetry } from './ports/telemetry.js';
import { WebhookAddress } from './ports/webhook-address.js';
import { AntsClient } from './providers/ants/ants.client.js';
import { EventHandlers } from './service/events/event-handlers.js';
import { heralded } from './service/events/heralded-store.js';
import { Alarms } from './service/alarms.js';
import { Channels } from './service/channels.js';
import { ConversionGuard } from './service/conversion-guard.js';
import { EraseNumber } from './service/erase-number.js';
import { DEFAULT_INSTANCE, InstanceName } from './service/instance-name.js';
import { getOtpToken, INSTANCE_SERVICES } from './service/instances.js';
import { KeyRing } from './service/key-ring.js';
import { OtpFigures } from './service/otp-figures.js';
import { OtpLanguages } from './service/otp-languages.js';
import { OtpEventDispatcher } from './service/events/otp-event-dispatcher.js';
import { NamedRanges } from './service/named-ranges.js';
import { FigureKeeper } from './service/figure-keeper.js';
import { LimitHits } from './service/limit-hits.js';
import { LimitWatch } from './service/limit-watch.js';
import { OtpChanges } from './service/otp-changes.js';
import { OtpProofs } from './service/otp-proofs.js';
import { NoTelemetry } from './service/no-telemetry.js';
import { observedStore } from './service/observed-store.js';
import { observedUseCase } from './service/observed-use-case.js';
import { ProviderBalance } from './service/provider-balance.js';
import { ProviderGate } from './service/provider-gate.js';
import { ProviderGauges } from './service/provider-gauges.js';
import { FirstDelay, RecentCalls } from './service/recent-calls.js';
import { RequestReader } from './service/read-request.js';
import { RecordReport } from './service/record-report.js';
import { RequestOtp } from './service/request-otp.js';
import { RekeyMacs } from './service/rekey-macs.js';
import { ResealNumbers } from './service/reseal-numbers.js';
import { ResendOtp } from './service/resend-otp.js';
import { Screening } from './service/screening.js';
import { SendKeys } from './service/send-keys.js';
import { StatusWatcher } from './service/status-watcher.js';
import { SystemClock } from './service/system-clock.js';
import { UnreadableReports } from './service/unreadable-reports.js';
import { VerifyOtp } from './service/verify-otp.js';

/** SMS one-time passwords through ANTS. Import it in the root module; a second one needs a `name`. */
@Module({})
export class OtpModule extends ConfigurableModuleClass {
  /** Options given in code. @throws OtpConfigError at boot, naming the option */
  static override forRoot<T extends Unchecked>(options: ForRootOptions<T>): DynamicModule {
    checkExtraNames(options);
    return assemble(super.forRoot(options), options);
  }

  /** Options from a factory, such as `otpConfig.asProvider()`. @throws OtpConfigError at boot, naming the option */
  static override forRootAsync<T extends Unchecked>(
    options: OtpModuleAsyncOptions<T>,
  ): DynamicModule {
    checkAsyncNames(options);
    return assemble(super.forRootAsync(options), options);
  }
}

/** Adds to the options' module everything that works with them. */
function assemble(base: DynamicModule, extras: OtpModuleExtras): DynamicModule {
  const { name = DEFAULT_INSTANCE, dataSource, database } = extras;
  const root = name === DEFAULT_INSTANCE ? 'otp' : `otp/${checkedName('name', name)}`;
  const { webhook: path, routes: ready } = routePaths(extras, root);
  const controllers = [deliveryReportController(path, extras.webhook?.decorators ?? [])];
  if (ready !== null) controllers.push(otpController(ready, name));
  const source = dataSourceOf({ name, dataSource, database });
  return {
    ...base,
    imports: [
      ...(base.imports ?? []),
      // Our own client: an interceptor of the app's that retries would send the SMS again.
      HttpModule.register({}),
      DiscoveryModule,
      ...source.imports,
    ],
    controllers,
    providers: [
      ...(base.providers ?? []),
      source.provider,
      ...providers(name, path),
      ...(ready === null ? [] : routesProviders(ready)),
      ...published(name),
    ],
    exports: [
      ...(base.exports ?? []),
      OtpGuard,
      ...(name === DEFAULT_INSTANCE ? [OtpLanguages] : []),
      ...published(name).map(({ provide }) => provide),
    ],
  };
}

/**
 * What the app calls: by its class it is the one of the module without a name. Others have none under
 * that token, for `app.get(OtpService)` would find it in whichever module came last.
 */
function published(name: string): (Provider & { provide: InjectionToken })[] {
  const alias = (service: Type) => ({ provide: getOtpToken(name, service), useExisting: service });
  const shared = [OtpSettings, OtpProofs, OtpLanguages, OtpFigures].map(alias);
  if (name === DEFAULT_INSTANCE)
    return [
      ...INSTANCE_SERVICES.map((service) => ({ provide: service, useClass: service })),
      ...INSTANCE_SERVICES.map(alias),
      ...shared,
    ];
  return [
    ...INSTANCE_SERVICES.map((service) => ({
      provide: getOtpToken(name, service),
      useClass: service,
    })),
    ...shared,
  ];
}

const providers = (name: string, path: string): Provider[] => [
  { provide: InstanceName, useValue: new InstanceName(name) },
  {
    provide: OtpSettings,
    useFactory: (options: OtpOptions) =>
      new OtpSettings({ ...options, instance: options.instance ?? name }, nodeEnv()),
    inject: [MODULE_OPTIONS_TOKEN],
  },
  {
    provide: KeyRing,
    useFactory: (settings: OtpSettings) => new KeyRing(settings),
    inject: [OtpSettings],
  },
  { provide: Clock, useClass: SystemClock },
  {
    provide: Telemetry,
    useFactory: ({ telemetry, instance }: OtpSettings) =>
      telemetry?.(instance) ?? new NoTelemetry(),
    inject: [OtpSettings],
  },
  {
    provide: SqlRunner,
    useFactory: openDatabase,
    inject: [OTP_DATA_SOURCE, OtpSettings, KeyRing],
  },
  {
    provide: OtpStore,
    useFactory: (sql: SqlRunner, herald: EventHerald, telemetry: Telemetry) =>
      observedStore(heralded(new PostgresOtpStore(sql), herald), telemetry),
    inject: [SqlRunner, EventHerald, Telemetry],
  },
  {
    provide: OutboxStore,
    useFactory: (sql: SqlRunner) => new PostgresOutboxStore(sql),
    inject: [SqlRunner],
  },
  {
    provide: ControlStore,
    useFactory: (sql: SqlRunner, keys: KeyRing) => new PostgresControlStore(sql, keys.lookupId),
    inject: [SqlRunner, KeyRing],
  },
  {
    provide: ActionLog,
    useFactory: (sql: SqlRunner) => new PostgresActionLog(sql),
    inject: [SqlRunner],
  },
  {
    provide: ConsoleStore,
    useFactory: (sql: SqlRunner) => new PostgresConsoleStore(sql),
    inject: [SqlRunner],
  },
  {
    provide: PrivacyStore,
    useFactory: (sql: SqlRunner, herald: EventHerald) =>
      heralded(new PostgresPrivacyStore(sql), herald),
    inject: [SqlRunner, EventHerald],
  },
  {
    provide: RekeyStore,
    useFactory: (sql: SqlRunner) => new PostgresRekeyStore(sql),
    inject: [SqlRunner],
  },
  {
    provide: OtpProvider,
    useFactory: (http: HttpService, settings: OtpSettings, telemetry: Telemetry) => {
      const { account, baseUrl, resendBody, verifyFlags, proxy, timeouts } = settings;
      if (account.auth === 'own') return account.provider;
      return new AntsClient(http, {
        baseUrl,
        credential: account,
        resendBody,
        verifyFlags,
        proxy,
        timeoutMs: timeouts.call,
        connectTimeoutMs: timeouts.connect,
        telemetry,
      });
    },
    inject: [HttpService, OtpSettings, Telemetry],
  },
  {
    provide: DatabaseProbe,
    useFactory: (source: DataSource, sql: SqlRunner) => new PostgresDatabaseProbe(source, sql),
    inject: [OTP_DATA_SOURCE, SqlRunner],
  },
  { provide: WebhookPath, useValue: new WebhookPath(path) },
  MountedWebhook,
  { provide: WebhookAddress, useExisting: MountedWebhook },
  WebhookSenders,
  WebhookIntake,
  OtpProofs,
  {
    provide: Alarms,
    useFactory: (settings: OtpSettings, telemetry: Telemetry) => new Alarms(settings, telemetry),
    inject: [OtpSettings, Telemetry],
  },
  ProviderGate,
  ProviderBalance,
  ProviderGauges,
  { provide: FirstDelay, useValue: new FirstDelay() },
  RecentCalls,
  Channels,
  SendKeys,
  RequestReader,
  Screening,
  LimitHits,
  LimitWatch,
  NamedRanges,
  ConversionGuard,
  FigureKeeper,
  OtpFigures,
  ResealNumbers,
  RekeyMacs,
  ...observedUseCase(RequestOtp, 'request'),
  ...observedUseCase(ResendOtp, 'resend'),
  ...observedUseCase(VerifyOtp, 'verify'),
  EraseNumber,
  OtpChanges,
  UnreadableReports,
  ...observedUseCase(RecordReport, 'report'),
  EventHandlers,
  OtpEventDispatcher,
  { provide: EventHerald, useExisting: OtpEventDispatcher },
  OtpGuard,
  RouteCheck,
  OtpLanguages,
  GuardedRoutes,
  { provide: APP_FILTER, useClass: OtpExceptionFilter },
];

const routesProviders = (path: string): Provider[] => [
  { provide: RoutesPath, useValue: new RoutesPath(path) },
  RoutesBody,
  StatusWatcher,
  StatusStreams,
];
