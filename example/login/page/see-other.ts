import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** The page that was asked for is not for this visitor now: another one is. */
export class SeeOther extends HttpException {
  constructor(readonly url: string) {
    super(url, 303);
  }
}

@Catch(SeeOther)
export class SeeOtherFilter implements ExceptionFilter<SeeOther> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch({ url }: SeeOther, host: ArgumentsHost): void {
    this.host.httpAdapter.redirect(host.switchToHttp().getResponse(), 303, url);
  }
}
