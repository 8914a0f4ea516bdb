import type { NestApplicationOptions } from '@nestjs/common';

/** No line of a log between two numbers; a boot that fails throws, so that what was started is stopped. */
export const QUIET: Pick<NestApplicationOptions, 'logger' | 'abortOnError'> = {
  logger: false,
  abortOnError: false,
};
