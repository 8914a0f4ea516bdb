import {
  Controller,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { hideController } from '../http/openapi/swagger-metadata.js';
import type { AdapterResponse } from '../http/raw-response.js';
import { SameOriginGuard } from '../http/same-origin.guard.js';
import { SkipOtp } from '../http/skip-otp.decorator.js';
import { InjectOtp } from '../service/instances.js';
import { OtpActions } from '../service/otp-actions.js';
import { actorOf } from './actor-of.js';
import { ConsolePages } from './console-pages.js';
import { numberPage } from './number-page.js';
import type { OtpConsoleOptions } from './otp-console.options.js';
import type { ConsoleRequest } from './place.js';

/** Shows one whole number, behind a permission of its own. */
export function unmaskingController(options: OtpConsoleOptions): Type<unknown> {
  const { path, guards, unmaskGuards = [], name } = options;

  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(SameOriginGuard, ...guards, ...unmaskGuards)
  @SkipOtp()
  class OtpConsoleUnmaskingController {
    constructor(
      @InjectOtp(name, OtpActions) private readonly actions: OtpActions,
      @Inject(ConsolePages) private readonly pages: ConsolePages,
    ) {}

    /** Answered at once and kept nowhere: the number stands in no address and in no cache. */
    @Post('otps/:otpId/unmask')
    unmask(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
    ): Promise<void> {
      const actor = actorOf(options, request);
      return this.pages.answer({ request, response, depth: 3 }, async (place) =>
        numberPage(place, id, await this.actions.unmask(id, actor)),
      );
    }
  }
  hideController(OtpConsoleUnmaskingController);
  return OtpConsoleUnmaskingController;
}
