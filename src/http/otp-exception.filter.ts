import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { OtpSettings } from '../otp.options.js';
import { isProofRefusal, OtpException } from '../service/otp.exception.js';
import { stepUpChallenge } from './step-up-challenge.js';
import { prefersThai } from './accept-language.js';

interface RequestHeaders {
  headers: Record<string, string | string[] | undefined>;
}

/**
 * Adds to an `OtpException` what a body cannot say: `Retry-After`, the step-up challenge and the
 * reader's language. The module registers it for the whole app; an app whose own global filter comes
 * first can call it from there.
 */
@Catch(OtpException)
export class OtpExceptionFilter implements ExceptionFilter<OtpException> {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(OtpSettings) private readonly settings: OtpSettings,
  ) {}

  catch(exception: OtpException, host: ArgumentsHost): Observable<never> | undefined {
    // A message's caller waits for a stream that ends; without one it would wait for ever.
    if (host.getType() === 'rpc') return throwError(() => exception);
    if (host.getType() !== 'http') throw exception;
    const { httpAdapter } = this.host;
    const http = host.switchToHttp();
    const response = http.getResponse<object>();
    const { headers } = http.getRequest<RequestHeaders>();
    const thai = prefersThai(headers['accept-language'], this.settings.language);
    const body = exception.getResponse() as object;
    // A guard has set it already, with the route's own max_age.
    if (isProofRefusal(exception) && !httpAdapter.getHeader(response, 'WWW-Authenticate'))
      httpAdapter.setHeader(response, 'WWW-Authenticate', stepUpChallenge());
    if (exception.retryAfter !== undefined)
      httpAdapter.setHeader(response, 'Retry-After', String(exception.retryAfter));
    httpAdapter.reply(
      response,
      thai ? { ...body, message: exception.messageTh } : body,
      exception.getStatus(),
    );
    return undefined;
  }
}
