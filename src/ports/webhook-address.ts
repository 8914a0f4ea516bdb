/** Where delivery reports of this module's OTPs shall be sent. */
export abstract class WebhookAddress {
  /** The notifyUrl of one OTP, or `null` when the app has no public address. */
  abstract notifyUrl(otpId: string): string | null;
  /** Where a token would be pushed to, or `null` as above. */
  abstract urlOf(token: string): string | null;
}
