import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OtpException } from '../service/otp.exception.js';
import type { GuardedRequest } from './guarded-call.js';

/** Methods that no HTML form can send, or that change nothing; they usually have no body. */
const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS', 'DELETE'];

/**
 * Rejects HTTP requests whose `Content-Type` is not `application/json`, parameters such as `charset` aside; also
 * those without a body. GET, HEAD, OPTIONS and DELETE pass, and so does anything that is not HTTP.
 *
 * A form on another site can send `application/x-www-form-urlencoded`, `multipart/form-data` and `text/plain`
 * from a visitor's browser. JSON it can send only after your CORS settings have allowed that site. Needs no
 * provider of the module.
 *
 * @throws OtpException `json_required`
 * @example
 * \@Controller('login') \@UseGuards(JsonOnlyGuard)
 */
@Injectable()
export class JsonOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { method, headers } = context
      .switchToHttp()
      .getRequest<GuardedRequest & { method: string }>();
    if (WITHOUT_BODY.includes(method) || isJson(headers)) return true;
    throw new OtpException({ code: 'json_required' });
  }
}

/** Whether a request says that its body is JSON; `application/problem+json` and the like do not count. */
export function isJson(headers: GuardedRequest['headers']): boolean {
  const [type = ''] = (headers?.['content-type'] ?? '').split(';');
  return type.trim().toLowerCase() === 'application/json';
}
