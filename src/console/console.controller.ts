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
import { OtpControls } from '../service/otp-controls.js';
import { OtpFigures } from '../service/otp-figures.js';
import type { OtpService } from '../service/otp.service.js';
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
export function consoleController({ path, guards, name }: OtpConsoleOptions): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  @SkipOtp()
  class OtpConsoleController {
    constructor(
      @InjectOtp(name) private readonly otps: OtpService,
      @InjectOtp(name, OtpControls) private readonly controls: OtpControls,
      @InjectOtp(name, OtpFigures) private readonly figures: OtpFigures,
      @Inject(ConsolePages) private readonly pages: ConsolePages,
    ) {}

    @Get()
    overview(
      @Req() request: ConsoleRequest,
      @Res() response: AdapterResponse,
      @Query('hours') hours: unknown,
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 0 }, async (place) => {
        const overview = await this.figures.overview(spanOf(hours));
        return overviewPage(place, overview, await this.controls.stops());
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
    ): Promise<void> {
      return this.pages.answer({ request, response, depth: 2 }, async (place) => {
        const [view, explanation, history] = await Promise.all([
          this.otps.status(id),
          this.otps.explain(id),
          this.otps.history(id),
        ]);
        return otpPage(place, { view, explanation, history });
      });
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
