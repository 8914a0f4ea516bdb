import { applyDecorators, Controller, HttpCode, Post, UseFilters } from '@nestjs/common';
import { Inject, VERSION_NEUTRAL } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { RecordReport } from '../service/record-report.js';
import { DeliveryReportFilter } from './delivery-report.filter.js';
import { ApiRoute } from './openapi/api-route.decorator.js';
import { OtpErrorDto } from './openapi/otp-error.model.js';
import { hideController, showModels } from './openapi/swagger-metadata.js';
import { WEBHOOK_ROUTE } from './openapi/webhook-route.js';
import { Pushed } from './pushed-report.js';
import type { PushedReport } from './pushed-report.js';
import { SkipOtp } from './skip-otp.decorator.js';

/** An app's own decorator for the webhook, such as its `Public()` or `SkipThrottle()`. */
export type WebhookDecorator = ClassDecorator | MethodDecorator;

/**
 * The webhook's controller. Its path and the app's decorators are known only when the module is
 * defined, so each definition gets a class of its own.
 */
export function deliveryReportController(
  path: string,
  decorators: readonly WebhookDecorator[],
): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseFilters(DeliveryReportFilter)
  @SkipOtp()
  @applyDecorators(...(decorators as ClassDecorator[]))
  class DeliveryReportController {
    constructor(@Inject(RecordReport) private readonly reports: RecordReport) {}

    @Post(':token')
    @HttpCode(200)
    @ApiRoute(WEBHOOK_ROUTE)
    async receive(@Pushed() { otpId, body, contentType }: PushedReport): Promise<void> {
      await this.reports.execute(otpId, body, contentType);
    }
  }
  showModels(DeliveryReportController, [OtpErrorDto]);
  hideController(DeliveryReportController);
  return DeliveryReportController;
}
