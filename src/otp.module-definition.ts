import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { WebhookDecorator } from './http/delivery-report.controller.js';
import type { OtpDatabaseOptions } from './persistence/own-database.js';
import type { OnlyKnown } from './options/only-known.js';
import type { OtpOptions } from './options/otp.options.js';

/** What must be known when the module is defined, before any option is read. */
export interface OtpModuleExtras {
  /**
   * Tells the modules of an app apart that has more than one: `@InjectOtp(name)`, `@RequireOtp(…, { instance })`.
   * Also the default of option `instance` and part of the default paths. @default none, for the first one
   */
  name?: string;
  /** Provides the module's services to every other module. @default true */
  isGlobal?: boolean;
  /** Name of the TypeORM DataSource that holds the tables. @default the default DataSource */
  dataSource?: string;
  /** Instead of a DataSource of the app's: a connection pool of the module's own. @default none */
  database?: OtpDatabaseOptions;
  /** The route that takes delivery reports. */
  webhook?: {
    /** Path of the webhook, without the app's prefix. @default 'otp/delivery-reports', with a name 'otp/<name>/delivery-reports' */
    path?: string;
    /** The app's own decorators for the webhook, such as `Public()` and `SkipThrottle()`. @default [] */
    decorators?: readonly WebhookDecorator[];
  };
  /** Adds the ready HTTP API, at `otp` (with a name `otp/<name>`) or at a path of your own. @default false */
  routes?: boolean | { path: string };
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<OtpOptions>({ moduleName: 'Otp' })
    .setClassMethodName('forRoot')
    .setExtras<OtpModuleExtras>(
      {
        isGlobal: true,
        name: undefined,
        dataSource: undefined,
        database: undefined,
        webhook: undefined,
        routes: false,
      },
      (definition, { isGlobal }) => ({ ...definition, global: isGlobal }),
    )
    .build();

type AsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Options that TypeScript has yet to compare with the real ones. */
export type Unchecked = { [K in keyof typeof OPTIONS_TYPE]?: unknown };

/** What `OtpModule.forRoot` takes; a name that is no option does not compile. */
export type ForRootOptions<T> = OnlyKnown<T, typeof OPTIONS_TYPE>;

/** What `OtpModule.forRootAsync` takes; a name that is no option does not compile in what its factory returns either. */
export type OtpModuleAsyncOptions<T = OtpOptions> = Omit<AsyncOptions, 'useFactory'> & {
  /** Returns the options, or a promise of them; gets what `inject` names. */
  useFactory?: (
    ...args: Parameters<NonNullable<AsyncOptions['useFactory']>>
  ) => OnlyKnown<T, OtpOptions> | Promise<OnlyKnown<T, OtpOptions>>;
};
