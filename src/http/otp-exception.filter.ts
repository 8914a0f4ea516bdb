import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { isProofRefusal, OtpException } from '../service/otp.exception.js';
import type { OtpErrorBody } from '../service/otp.exception.js';
import { GraphqlRefusal } from './graphql-refusal.js';
import { requestBehind } from './guarded-call.js';
import { refuseMessage } from './message-refusal.js';
import { OtpLanguages } from '../service/otp-languages.js';
import { stepUpChallenge } from './step-up-challenge.js';

/**
 * Adds to an `OtpException` what a body cannot say: `Retry-After`, the step-up challenge and the
 * reader's language; in GraphQL and for the message of a socket it answers in their form. The module
 * registers it for the whole app; an app whose own global filter comes first can call it from there, and
 * a gateway, which no global filter reaches, takes it by `@UseFilters(OtpExceptionFilter)`.
 */
@Catch(OtpException)
export class OtpExceptionFilter implements ExceptionFilter<OtpException> {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(OtpLanguages) private readonly languages: OtpLanguages,
  ) {}

  catch(exception: OtpException, host: ArgumentsHost): Observable<never> | undefined {
    switch (host.getType<string>()) {
      case 'http':
        this.answer(exception, host);
        return undefined;
      case 'graphql':
        throw new GraphqlRefusal(this.bodyOf(exception, host), exception);
      case 'ws': {
        const message = host.switchToWs();
        refuseMessage(message.getClient(), this.bodyOf(exception, host), message.getPattern());
        return undefined;
      }
      case 'rpc':
        // A message's caller waits for a stream that ends; without one it would wait for ever.
        return throwError(() => exception);
      default:
        throw exception;
    }
  }

  private answer(exception: OtpException, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response = host.switchToHttp().getResponse<object>();
    // A guard has set it already, with the route's own max_age.
    if (isProofRefusal(exception) && !httpAdapter.getHeader(response, 'WWW-Authenticate'))
      httpAdapter.setHeader(response, 'WWW-Authenticate', stepUpChallenge());
    if (exception.retryAfter !== undefined)
      httpAdapter.setHeader(response, 'Retry-After', String(exception.retryAfter));
    httpAdapter.reply(response, this.bodyOf(exception, host), exception.getStatus());
  }

  private bodyOf(exception: OtpException, host: ArgumentsHost): OtpErrorBody {
    const language = this.languages.of(requestBehind(host)?.headers?.['accept-language']);
    return this.languages.bodyIn(language, exception);
  }
}
