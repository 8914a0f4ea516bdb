import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/** A delivery report as it came: for which OTP, and its raw body. The body holds the live code. */
export interface PushedReport {
  otpId: string;
  body: Buffer;
  contentType: string;
}

const pushed = new WeakMap<IncomingMessage, PushedReport>();

export function keepPushed(request: IncomingMessage, report: PushedReport): void {
  pushed.set(request, report);
}

/** Hands the raw report to the webhook's controller. Express's request is Node's, Fastify's holds it. */
export const Pushed = createParamDecorator(
  (_: unknown, context: ExecutionContext): PushedReport => {
    const request = context
      .switchToHttp()
      .getRequest<IncomingMessage & { raw?: IncomingMessage }>();
    const report = pushed.get(request.raw ?? request);
    if (!report) throw new Error('The webhook intake did not see this request.');
    return report;
  },
);
