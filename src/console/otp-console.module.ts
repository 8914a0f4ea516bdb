import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { getOtpToken } from '../service/instances.js';
import { OtpLanguages } from '../service/otp-languages.js';
import { CONSOLE_LANGUAGES, ConsolePages } from './console-pages.js';
import { consoleController } from './console.controller.js';
import { checkedConsole } from './otp-console.options.js';
import type { OtpConsoleOptions } from './otp-console.options.js';

/** A page for operators and support, beside an `OtpModule` and behind guards of the app's own. */
@Module({})
export class OtpConsoleModule {
  /**
   * Mounts the page. It is read-only.
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
      controllers: [consoleController(checked)],
      providers: [
        ConsolePages,
        { provide: CONSOLE_LANGUAGES, useExisting: getOtpToken(checked.name, OtpLanguages) },
      ],
    };
  }
}
