import { ForbiddenException, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';

/** What both adapters have; `host` follows `X-Forwarded-Host` only if the app trusts its proxy. */
interface FormRequest {
  method: string;
  headers: IncomingHttpHeaders;
  host?: string;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Rejects forms that a page of another origin sends, for controllers that take HTML forms; controllers that
 * take JSON use `JsonOnlyGuard`. GET, HEAD, OPTIONS and anything that is not HTTP pass.
 *
 * Browsers say where a form comes from by `Sec-Fetch-Site`, or without it (old browsers, plain HTTP) by `Origin` or
 * `Referer`, which are compared with the host of the request. A request with none of the three is rejected.
 * Behind a proxy that changes the `Host`, let the app trust it. Needs no provider of the module.
 *
 * @throws ForbiddenException
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FormRequest>();
    if (SAFE_METHODS.includes(request.method) || isOwnForm(request)) return true;
    throw new ForbiddenException(
      'This form was not sent from this site. Open the page itself and try again.',
    );
  }
}

function isOwnForm({ headers, host }: FormRequest): boolean {
  const site = headers['sec-fetch-site'];
  // No page can set this header. `none` is the user's own doing, such as a reload.
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return isOn(headers.origin ?? headers.referer, host ?? headers.host);
}

/** `null`, the origin of a page that hides its own, is no address and so on no host. */
function isOn(address = '', host = ''): boolean {
  if (!URL.canParse(address) || host === '') return false;
  const { protocol, host: own } = new URL(address);
  // The port may be spelled out in one of the two.
  const asked = `${protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === own;
}
