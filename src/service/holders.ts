import { validate as isUuid } from 'uuid';
import { isStorable } from '../domain/text.js';
import type { Holder } from '../ports/otp-store.js';
import type { KeyRing } from './key-ring.js';
import type { OtpHolder } from './otp.api.js';

/**
 * Who may act on an OTP. A missing ticket or subject is never a wildcard, nor is a purpose that turned out
 * to be no text: `null` means nobody, and the caller answers as if the OTP did not exist.
 */
export function holderOf(
  keys: KeyRing,
  otpId: string,
  given: OtpHolder | null | undefined,
): Holder | null {
  if (!isOtpId(otpId) || !given) return null;
  const { ticket, subject, purpose } = given;
  if ('purpose' in given && !isText(purpose)) return null;
  if (typeof ticket === 'string' && keys.holdsTicket(otpId, ticket))
    return { by: 'ticket', purpose };
  return isText(subject) ? { by: 'subject', subject, purpose } : null;
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && isStorable(value);

/** Ids are lower-case as we made them; another spelling would lead to keys of its own. */
export function isOtpId(id: unknown): boolean {
  return typeof id === 'string' && isUuid(id) && id === id.toLowerCase();
}
