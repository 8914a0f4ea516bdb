import { ForbiddenException, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { PageRequest } from './visit.js';

/** Takes forms of this site only: another site's could send an SMS from your visitors' addresses. */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<PageRequest & { method: string }>();
    const site = request.headers['sec-fetch-site'] ?? 'same-origin';
    // A link from elsewhere to a page is fine; browsers too old to say where a form stands are let in.
    if (request.method === 'GET' || site === 'same-origin' || site === 'none') return true;
    throw new ForbiddenException('This form belongs to another site.');
  }
}
