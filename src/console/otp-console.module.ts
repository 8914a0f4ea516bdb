import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { getOtpToken } from '../service/instances.js';
import { OtpLanguages } from '../service/otp-languages.js';
import { ConsoleBody, ConsolePath } from './console-body.js';
import { CONSOLE_LANGUAGES, ConsolePages } from './console-pages.js';
import { actingController } from './acting.controller.js';
import { consoleController } from './console.controller.js';
import { checkedConsole } from './otp-console.options.js';
import type { OtpConsoleOptions } from './otp-console.options.js';
import { unmaskingController } from './unmasking.controller.js';

/** A page for operators and support, beside an `OtpModule` and behind guards of the app's own. */
@Module({})
export class OtpConsoleModule {
  /**
   * Mounts the page. It is read-only, but for whom `actGuards` and `unmaskGuards` let pass.
   *
   * @throws OtpConfigError at boot, when nobody guards it
   * @example
   * OtpConsoleModule.forRoot({ path: 'ops/otp', guards: [StaffGuard], imports: [StaffModule] })
   */
  static forRoot(options: OtpConsoleOptions): DynamicModule {
    const checked = checkedConsole(options);
    return {
      module: OtpConsoleModule,
      imports: [...(checked.imports ?? [])],
      controllers: [
        consoleController(checked),
        ...(checked.actGuards ? [actingController(checked)] : []),
        ...(checked.unmaskGuards ? [unmaskingController(checked)] : []),
      ],
      providers: [
        ConsolePages,
        { provide: ConsolePath, useValue: new ConsolePath(checked.path) },
        ConsoleBody,
        { provide: CONSOLE_LANGUAGES, useExisting: getOtpToken(checked.name, OtpLanguages) },
      ],
    };
  }
}
