import { ForbiddenException, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ConsoleRequest } from './place.js';

/**
 * Lets nobody act whose browser another site has sent here: the guards know people by what a browser sends by itself.
 * Browsers tell by `Sec-Fetch-Site`, and where that is missing (no TLS, old ones) by `Origin`; what sends
 * neither is no browser.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<ConsoleRequest>();
    const site = headers['sec-fetch-site'];
    const isOwn = site === undefined ? isOwnOrigin(headers) : site === 'same-origin';
    if (isOwn) return true;
    throw new ForbiddenException(
      'This was sent from another site. Open the console itself and try again.',
    );
  }
}

function isOwnOrigin({ origin, host }: ConsoleRequest['headers']): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
