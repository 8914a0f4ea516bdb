import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { deliveryReportController } from './http/delivery-report.controller.js';
import { MountedWebhook, WebhookPath } from './http/mounted-webhook.js';
import { otpController } from './http/otp.controller.js';
import { OtpExceptionFilter } from './http/otp-exception.filter.js';
import { OtpGuard } from './http/otp.guard.js';
import { GuardedRoutes } from './http/openapi/guarded-routes.js';
import { OtpLanguages } from './http/otp-languages.js';
import { RoutesBody, RoutesPath } from './http/routes-body.js';
import { StatusStreams } from './http/status-streams.js';
import { WebhookIntake } from './http/webhook-intake.js';
import { WebhookSenders } from './http/webhook-senders.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './otp.module-definition.js';
import type { ASYNC_OPTIONS_TYPE, OPTIONS_TYPE, OtpModuleExtras } from './otp.module-definition.js';
import { inProduction } from './otp.config.js';
import { OtpSettings } from './options/otp.settings.js';
import type { OtpOptions } from './options/otp.options.js';
import { otpEntities } from './persistence/otp.entities.js';
import { openDatabase } from './persistence/open-database.js';
import { PostgresDatabaseProbe } from './persistence/postgres-database.probe.js';
import { PostgresControlStore } from './persistence/postgres-control.store.js';
import { PostgresOtpStore } from './persistence/postgres-otp.store.js';
import { PostgresOutboxStore } from './persistence/postgres-outbox.store.js';
import { PostgresPrivacyStore } from './persistence/postgres-privacy.store.js';
import { PostgresRekeyStore } from './persistence/postgres-rekey.store.js';
import { SqlRunner } from './persistence/sql-runner.js';
import { Clock } from './ports/clock.js';
import { DatabaseProbe } from './ports/database-probe.js';
import { ControlStore } from './ports/control-store.js';
import { EventHerald } from './ports/event-herald.js';
import { OtpProvider } from './ports/otp-provider.js';
import { OtpStore } from './ports/otp-store.js';
import { OutboxStore } from './ports/outbox-store.js';
import { PrivacyStore } from './ports/privacy-store.js';
import { RekeyStore } from './ports/rekey-store.js';
import { WebhookAddress } from './ports/webhook-address.js';
import { AntsClient } from './providers/ants/ants.client.js';
import { EventHandlers } from './service/events/event-handlers.js';
import { heralded } from './service/events/heralded-store.js';
import { Alarms } from './service/alarms.js';
import { Channels } from './service/channels.js';
import { ConversionGuard } from './service/conversion-guard.js';
import { EraseNumber } from './service/erase-number.js';
import { KeyRing } from './service/key-ring.js';
import { OtpEventDispatcher } from './service/events/otp-event-dispatcher.js';
import { OtpOutbox } from './service/events/otp-outbox.js';
import { NamedRanges } from './service/named-ranges.js';
import { LimitWatch } from './service/limit-watch.js';
import { OtpProofs } from './service/otp-proofs.js';
import { OtpService } from './service/otp.service.js';
import { OtpDoctor } from './service/otp-doctor.js';
import { OtpControls } from './service/otp-controls.js';
import { OtpPrivacy } from './service/otp-privacy.js';
import { ProviderGate } from './service/provider-gate.js';
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
import { Sweeper } from './service/sweeper.js';
import { SystemClock } from './service/system-clock.js';
import { VerifyOtp } from './service/verify-otp.js';

const DEFAULT_WEBHOOK_PATH = 'otp/delivery-reports';
const DEFAULT_ROUTES_PATH = 'otp';

/** SMS one-time passwords through ANTS. Import it once, in the root module. */
@Module({})
export class OtpModule extends ConfigurableModuleClass {
  /** Options given in code. @throws OtpConfigError at boot, naming the option and its value */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRoot(options), options);
  }

  /** Options from a factory, such as `otpConfig.asProvider()`. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRootAsync(options), options);
  }
}

/** Adds to the options' module everything that works with them. */
function assemble(base: DynamicModule, extras: OtpModuleExtras): DynamicModule {
  const path = trimmed(extras.webhook?.path ?? DEFAULT_WEBHOOK_PATH);
  const { routes } = extras;
  const ready = routes === true ? DEFAULT_ROUTES_PATH : routes ? trimmed(routes.path) : null;
  const controllers = [deliveryReportController(path, extras.webhook?.decorators ?? [])];
  if (ready !== null) controllers.push(otpController(ready));
  return {
    ...base,
    imports: [
      ...(base.imports ?? []),
      // Our own client: an interceptor of the app's that retries would send the SMS again.
      HttpModule.register({}),
      DiscoveryModule,
      TypeOrmModule.forFeature(otpEntities, extras.dataSource),
    ],
    controllers,
    providers: [
      ...(base.providers ?? []),
      ...providers(extras.dataSource, path),
      ...(ready === null ? [] : routesProviders(ready)),
    ],
    exports: [
      ...(base.exports ?? []),
      OtpService,
      OtpOutbox,
      OtpControls,
      OtpDoctor,
      OtpPrivacy,
      OtpGuard,
      OtpLanguages,
      OtpProofs,
      OtpSettings,
      Sweeper,
    ],
  };
}

const providers = (dataSource: string | undefined, path: string): Provider[] => [
  {
    provide: OtpSettings,
    useFactory: (options: OtpOptions) => new OtpSettings(options, inProduction()),
    inject: [MODULE_OPTIONS_TOKEN],
  },
  {
    provide: KeyRing,
    useFactory: (settings: OtpSettings) => new KeyRing(settings),
    inject: [OtpSettings],
  },
  { provide: Clock, useClass: SystemClock },
  {
    provide: SqlRunner,
    useFactory: openDatabase,
    inject: [getDataSourceToken(dataSource), OtpSettings, KeyRing],
  },
  {
    provide: OtpStore,
    useFactory: (sql: SqlRunner, herald: EventHerald) =>
      heralded(new PostgresOtpStore(sql), herald),
    inject: [SqlRunner, EventHerald],
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
    useFactory: (http: HttpService, settings: OtpSettings) => {
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
      });
    },
    inject: [HttpService, OtpSettings],
  },
  {
    provide: DatabaseProbe,
    useFactory: (source: DataSource) => new PostgresDatabaseProbe(source),
    inject: [getDataSourceToken(dataSource)],
  },
  { provide: WebhookPath, useValue: new WebhookPath(path) },
  MountedWebhook,
  { provide: WebhookAddress, useExisting: MountedWebhook },
  WebhookSenders,
  WebhookIntake,
  OtpProofs,
  {
    provide: Alarms,
    useFactory: (settings: OtpSettings) => new Alarms(settings),
    inject: [OtpSettings],
  },
  ProviderGate,
  { provide: FirstDelay, useValue: new FirstDelay() },
  RecentCalls,
  Channels,
  SendKeys,
  RequestReader,
  Screening,
  LimitWatch,
  NamedRanges,
  ConversionGuard,
  OtpControls,
  OtpDoctor,
  ResealNumbers,
  RekeyMacs,
  OtpPrivacy,
  RequestOtp,
  ResendOtp,
  VerifyOtp,
  EraseNumber,
  RecordReport,
  Sweeper,
  EventHandlers,
  OtpEventDispatcher,
  { provide: EventHerald, useExisting: OtpEventDispatcher },
  OtpOutbox,
  OtpService,
  OtpGuard,
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

const trimmed = (path: string): string => path.replace(/^\/+|\/+$/g, '');
