import { validate as isUuid } from 'uuid';
import { isStorable } from '../domain/text.js';
import type { Holder } from '../ports/otp-store.js';
import type { KeyRing } from './key-ring.js';
import type { OtpHolder } from './otp.api.js';

/**
 * Who may act on an OTP. A missing ticket or subject is never a wildcard: `null` means nobody, and
 * the caller answers as if the OTP did not exist.
 */
export function holderOf(
  keys: KeyRing,
  otpId: string,
  given: OtpHolder | null | undefined,
): Holder | null {
  if (!isOtpId(otpId)) return null;
  if (typeof given?.ticket === 'string' && keys.holdsTicket(otpId, given.ticket))
    return { by: 'ticket' };
  if (typeof given?.subject === 'string' && given.subject !== '' && isStorable(given.subject))
    return { by: 'subject', subject: given.subject };
  return null;
}

/** Ids are lower-case as we made them; another spelling would lead to keys of its own. */
export function isOtpId(id: unknown): boolean {
  return typeof id === 'string' && isUuid(id) && id === id.toLowerCase();
}
