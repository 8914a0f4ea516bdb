import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OtpSettings } from '../otp.options.js';
import { OtpException } from '../service/otp.exception.js';
import { prefersThai } from './accept-language.js';

interface RequestHeaders {
  headers: Record<string, string | string[] | undefined>;
}

/** Adds to an `OtpException` what a body cannot say: `Retry-After`, and the reader's language. */
@Catch(OtpException)
export class OtpExceptionFilter implements ExceptionFilter<OtpException> {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(OtpSettings) private readonly settings: OtpSettings,
  ) {}

  catch(exception: OtpException, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw exception;
    const { httpAdapter } = this.host;
    const http = host.switchToHttp();
    const response = http.getResponse<object>();
    const { headers } = http.getRequest<RequestHeaders>();
    const thai = prefersThai(headers['accept-language'], this.settings.language);
    const body = exception.getResponse() as object;
    if (exception.retryAfter !== undefined)
      httpAdapter.setHeader(response, 'Retry-After', String(exception.retryAfter));
    httpAdapter.reply(
      response,
      thai ? { ...body, message: exception.messageTh } : body,
      exception.getStatus(),
    );
  }
}
