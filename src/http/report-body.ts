import type { IncomingMessage } from 'node:http';
import { keptBody } from './kept-body.js';
import type { BodyHolder } from './kept-body.js';

/** A report has about 600 bytes; a push holds at most 100. */
export const MAX_BODY_BYTES = 32 * 1024;
const BODY_TIMEOUT_MS = 5000;

/**
 * What became of a body. `isText`: it was decoded before, so its charset is UTF-8 whatever its headers say. `taken`: something else has read it and kept no copy that can be used. `gone`: the client went
 * away before all of it came.
 */
export type ReportBody =
  | { kind: 'read'; body: Buffer; isText: boolean }
  | { kind: 'too_large' | 'too_slow' | 'taken' | 'gone'; bytes: number };

/** The raw body, under its limits, also when something else has read it before. */
export function readBody(
  request: IncomingMessage,
  holders: readonly BodyHolder[],
): ReportBody | Promise<ReportBody> {
  const kept = keptBody(holders);
  // An empty one may be where something is about to collect a body that is still to come.
  if (kept !== undefined && (kept.length > 0 || request.readableEnded)) return withinLimit(kept);
  if (request.readableDidRead) return { kind: 'taken', bytes: 0 };
  if (request.readableEnded) return withinLimit('');
  if (request.destroyed) return { kind: 'gone', bytes: 0 };
  return readStream(request);
}

function withinLimit(kept: string | Uint8Array): ReportBody {
  const body = Buffer.from(kept as string);
  return body.length > MAX_BODY_BYTES
    ? { kind: 'too_large', bytes: body.length }
    : { kind: 'read', body, isText: typeof kept === 'string' };
}

function readStream(request: IncomingMessage): Promise<ReportBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isText = false;
    const end = (kind: 'read' | 'too_large' | 'too_slow' | 'gone'): void => {
      clearTimeout(timer);
      request.off('data', keep).off('end', ended).off('close', left).off('error', left);
      // What is left of it would end the process with an error that nobody listens for.
      request.on('error', () => undefined);
      resolve(kind === 'read' ? { kind, body: Buffer.concat(chunks), isText } : { kind, bytes });
    };
    const timer = setTimeout(() => {
      end('too_slow');
    }, BODY_TIMEOUT_MS);
    const keep = (chunk: Buffer | string): void => {
      // Text when something else has called `setEncoding`.
      isText ||= typeof chunk === 'string';
      const part = Buffer.from(chunk as string);
      bytes += part.length;
      chunks.push(part);
      if (bytes > MAX_BODY_BYTES) end('too_large');
    };
    const ended = (): void => {
      end('read');
    };
    const left = (): void => {
      end('gone');
    };
    request.on('data', keep).once('end', ended).once('close', left).once('error', left);
    // A stream that something else has paused would never flow.
    request.resume();
  });
}
