import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { WebhookDecorator } from './http/delivery-report.controller.js';
import type { OtpOptions } from './otp.options.js';

/** What must be known when the module is defined, before any option is read. */
export interface OtpModuleExtras {
  /** Provides the module's services to every other module. @default true */
  isGlobal?: boolean;
  /** Name of the TypeORM DataSource that holds the tables. @default the default DataSource */
  dataSource?: string;
  /** The route that takes delivery reports. */
  webhook?: {
    /** Path of the webhook, without the app's prefix. @default 'otp/delivery-reports' */
    path?: string;
    /** The app's own decorators for the webhook, such as `Public()` and `SkipThrottle()`. @default [] */
    decorators?: readonly WebhookDecorator[];
  };
  /** Adds the ready HTTP API, at `otp` or at a path of your own. @default false */
  routes?: boolean | { path: string };
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<OtpOptions>({ moduleName: 'Otp' })
    .setClassMethodName('forRoot')
    .setExtras<OtpModuleExtras>(
      { isGlobal: true, dataSource: undefined, webhook: undefined, routes: false },
      (definition, { isGlobal }) => ({ ...definition, global: isGlobal }),
    )
    .build();
