import {
  Body,
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
import type { OtpService } from '../service/otp.service.js';
import { checkDigits } from './action-forms.js';
import type { OtpActionName } from './actions.js';
import { actorOf } from './actor-of.js';
import { ConsolePages } from './console-pages.js';
import type { Exchange } from './console-pages.js';
import { otpHref } from './found-page.js';
import type { OtpConsoleOptions } from './otp-console.options.js';
import { withQuery } from './place.js';
import type { ConsoleRequest } from './place.js';

/** What changes something, behind the second permission. */
export function actingController(options: OtpConsoleOptions): Type<unknown> {
  const { path, guards, actGuards = [], name } = options;

  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(SameOriginGuard, ...guards, ...actGuards)
  @SkipOtp()
  class OtpConsoleActingController {
    constructor(
      @InjectOtp(name) private readonly otps: OtpService,
      @InjectOtp(name, OtpActions) private readonly actions: OtpActions,
      @Inject(ConsolePages) private readonly pages: ConsolePages,
    ) {}

    @Post('otps/:otpId/cancel')
    cancel(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
    ): Promise<void> {
      return this.doing('cancel', { request, response, depth: 3 }, id, (actor) =>
        this.actions.cancel(id, actor),
      );
    }

    @Post('otps/:otpId/unlock')
    unlock(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
    ): Promise<void> {
      return this.doing('unlock', { request, response, depth: 3 }, id, (actor) =>
        this.actions.unlock(id, actor),
      );
    }

    @Post('otps/:otpId/erase')
    erase(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
      @Body() form: { digits?: unknown } | undefined,
    ): Promise<void> {
      return this.doing('erase', { request, response, depth: 3 }, id, async (actor) => {
        checkDigits(await this.otps.status(id), form?.digits);
        await this.actions.erase(id, actor);
      });
    }

    @Post('unblock')
    unblock(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Body() form: { range: string; purpose: string },
    ): Promise<void> {
      const actor = actorOf(options, request);
      return this.pages.answer({ request, response, depth: 1 }, async ({ home }) => {
        // A form that another program made may hold anything: `unblock` refuses what is no range.
        await this.actions.unblock(form, actor);
        return withQuery(home, 'done', 'unblock');
      });
    }

    private doing(
      action: OtpActionName,
      exchange: Exchange,
      id: string,
      act: (actor: string) => Promise<unknown>,
    ): Promise<void> {
      const actor = actorOf(options, exchange.request);
      return this.pages.answer(exchange, async (place) => {
        await act(actor);
        return withQuery(otpHref(place, id), 'done', action);
      });
    }
  }
  hideController(OtpConsoleActingController);
  return OtpConsoleActingController;
}
