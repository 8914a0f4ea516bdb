import { validate as isUuid } from 'uuid';
import { readGiven } from '../domain/read-given.js';
import { isStorable } from '../domain/text.js';
import type { Holder } from '../ports/otp-store.js';
import type { KeyRing } from './key-ring.js';
import type { OtpHolder } from './otp.api.js';

/**
 * Who may act on an OTP. A missing ticket or subject is never a wildcard, nor is a purpose that is not a
 * text: `null` means nobody, and the caller answers as if the OTP did not exist. Takes any value.
 */
export function holderOf(keys: KeyRing, otpId: string, given: unknown): Holder | null {
  const read = isOtpId(otpId) && readGiven(given, holderFields);
  if (!read) return null;
  const { ticket, subject, purpose, namesPurpose } = read;
  if (namesPurpose && !isText(purpose)) return null;
  if (typeof ticket === 'string' && keys.holdsTicket(otpId, ticket))
    return { by: 'ticket', purpose };
  return isText(subject) ? { by: 'subject', subject, purpose } : null;
}

function holderFields(given: OtpHolder): OtpHolder & { namesPurpose: boolean } {
  const { ticket, subject, purpose } = given;
  return { ticket, subject, purpose, namesPurpose: 'purpose' in given };
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && isStorable(value);

/** Ids are lower-case as we made them; another spelling would lead to keys of its own. */
export function isOtpId(id: unknown): boolean {
  return typeof id === 'string' && isUuid(id) && id === id.toLowerCase();
}
