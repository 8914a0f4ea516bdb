import {
  Body,
  Controller,
  Get,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { hideController } from '../http/openapi/swagger-metadata.js';
import type { AdapterResponse } from '../http/raw-response.js';
import { SkipOtp } from '../http/skip-otp.decorator.js';
import { InjectOtp } from '../service/instances.js';
import { OtpActions } from '../service/otp-actions.js';
import { OtpControls } from '../service/otp-controls.js';
import { OtpFigures } from '../service/otp-figures.js';
import type { OtpService } from '../service/otp.service.js';
import { doneOf } from './actions.js';
import { answer } from './answer.js';
import { ConsolePages } from './console-pages.js';
import { findOtps, otpsOf } from './find-otps.js';
import { foundHref, foundPage, otpHref } from './found-page.js';
import type { OtpConsoleOptions } from './otp-console.options.js';
import { otpPage } from './otp-page.js';
import { overviewPage } from './overview-page.js';
import { PAGE_FILES } from './page-files.js';
import type { ConsoleRequest } from './place.js';
import { spanOf } from './spans.js';

/** The console's pages, behind the app's guards; where they stand is known only when the module is defined. */
export function consoleController(options: OtpConsoleOptions): Type<unknown> {
  const { path, guards, name } = options;
  const may = {
    act: options.actGuards !== undefined,
    unmask: options.unmaskGuards !== undefined,
  };

  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  @SkipOtp()
  class OtpConsoleController {
    constructor(
      @InjectOtp(name) private readonly otps: OtpService,
      @InjectOtp(name, OtpControls) private readonly controls: OtpControls,
      @InjectOtp(name, OtpActions) private readonly actions: OtpActions,
      @InjectOtp(name, OtpFigures) private readonly figures: OtpFigures,
      @Inject(ConsolePages) private readonly pages: ConsolePages,
    ) {}

    @Get()
    overview(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Query('hours') hours: unknown,
      @Query('done') done: unknown,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 0 }, async (place) => {
        const [overview, stops, actions] = await Promise.all([
          this.figures.overview(spanOf(hours)),
          this.controls.stops(),
          this.actions.newest(),
        ]);
        return overviewPage(place, { overview, stops, actions, may, done: doneOf(done) });
      });
    }

    /** A POST, because a number in an address would stand in every log on the way. */
    @Post('find')
    find(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Body() form: { q?: unknown } | undefined,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 1 }, async (place) => {
        const found = await findOtps(this.otps, form?.q);
        const [only, ...more] = found;
        return only && more.length === 0 ? otpHref(place, only.id) : foundHref(place, found);
      });
    }

    /** What was found by its ids, so that a browser can go back to it; without them there is nothing to show. */
    @Get('find')
    found(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Query('otps') ids: unknown,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 1 }, async (place) =>
        typeof ids === 'string' ? foundPage(place, await otpsOf(this.otps, ids)) : place.home,
      );
    }

    @Get('otps/:otpId')
    otp(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
      @Query('done') done: unknown,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 2 }, async (place) => {
        const [view, explanation, history, actions] = await Promise.all([
          this.otps.status(id),
          this.otps.explain(id),
          this.otps.history(id),
          this.actions.about(id),
        ]);
        const shown = { view, explanation, history, actions };
        return otpPage(place, { ...shown, may, done: doneOf(done) });
      });
    }

    /** Where a reader lands who changes the language of an answer to an action. */
    @Get('unblock')
    home(@Req() request: ConsoleRequest, @Res() response: AdapterResponse): Promise<void> {
      return this.pages.answer({ request, response, depth: 1 }, ({ home }) => home);
    }

    /** The same for what was done to an OTP. */
    @Get('otps/:otpId/:action')
    back(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Param('otpId') id: string,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 3 }, (place) => otpHref(place, id));
    }

    @Get('console.css')
    style(@Res() response: AdapterResponse): void {
      answer(response, { type: 'text/css', body: PAGE_FILES['console.css'] });
    }

    @Get('console.js')
    script(@Res() response: AdapterResponse): void {
      answer(response, { type: 'text/javascript', body: PAGE_FILES['console.js'] });
    }
  }
  hideController(OtpConsoleController);
  return OtpConsoleController;
}
