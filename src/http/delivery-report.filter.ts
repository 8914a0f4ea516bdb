import { Catch, HttpException, Inject, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LogEntry } from '../ports/log-entry.js';
import { isOtpException } from '../service/otp.exception.js';
import { answerEmpty } from './early-answers.js';
import { takeOver } from './raw-response.js';
import type { AdapterResponse } from './raw-response.js';

/**
 * What ANTS hears when a report could not be taken: 503 for a fault of ours, so that it tries again;
 * an empty 404 for an OTP that is gone; the app's own guards keep their own status.
 */
@Catch()
export class DeliveryReportFilter implements ExceptionFilter {
  private readonly logger = new Logger('OtpModule');

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response = host.switchToHttp().getResponse<AdapterResponse>();
    if (isOtpException(error) && error.code === 'not_found') {
      answerEmpty(takeOver(response));
      return;
    }
    if (error instanceof HttpException) {
      httpAdapter.reply(response, error.getResponse(), error.getStatus());
      return;
    }
    const reason = error instanceof Error ? error.message : 'unknown error';
    this.logger.error(
      new LogEntry(`A delivery report could not be stored: ${reason}`, {
        event: 'report_not_stored',
      }),
    );
    httpAdapter.reply(response, undefined, 503);
  }
}
