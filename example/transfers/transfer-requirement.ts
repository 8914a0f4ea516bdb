import type { ExecutionContext } from '@nestjs/common';
import type { RequireOtpOptions } from 'nestjs-ants-otp';
import { currentUser } from '../sessions/current-user.js';

/** The purpose of a transfer's OTP. */
export const TRANSFER = 'transfer';

/** What the proof of a transfer must fit: this user, this payee, this amount, a moment ago. */
export const transferRequirement: RequireOtpOptions = {
  maxAge: 300,
  subject: (context) => currentUser(context).id,
  binding: (context) => transferIn(context),
};

/** Guards run before pipes: the body is not validated yet and may be anything, or missing. */
function transferIn(context: ExecutionContext): { to?: unknown; amount?: unknown } {
  const { body } = context
    .switchToHttp()
    .getRequest<{ body?: { to?: unknown; amount?: unknown } | null }>();
  return { to: body?.to, amount: body?.amount };
}
