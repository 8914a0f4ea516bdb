import type { HttpAdapterHost } from '@nestjs/core';

type HttpAdapter = HttpAdapterHost['httpAdapter'];

/** The app's HTTP adapter; `null` in an application context without HTTP, which Nest's type does not say. */
export function httpAdapterOf(host: HttpAdapterHost): HttpAdapter | null {
  return (host.httpAdapter as HttpAdapter | null | undefined) ?? null;
}
