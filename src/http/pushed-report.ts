import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { OtpException } from '../service/otp.exception.js';
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
    // Another spelling of the path, which the intake does not know: no token was checked.
    if (!report) throw new OtpException({ code: 'not_found' });
    return report;
  },
);
