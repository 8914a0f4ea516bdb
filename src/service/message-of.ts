/** What a log says of a fault, whatever was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'unknown error';
