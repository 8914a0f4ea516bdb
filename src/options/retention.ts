import { whole } from './checks.js';
import { fail } from './config-error.js';
import type { OtpOptions, OtpRetentionPreset } from './otp.options.js';

const RETENTION_PRESETS: Record<OtpRetentionPreset, { otps: number }> = {
  'pdpa-short': { otps: 7 },
  // Reports come for 72 h after an SMS, and the last SMS within 10 min.
  'pdpa-90-days': { otps: 94 },
};

/** Reports come for 72 h after an SMS, and an OTP lives 10 min: in 4 days nothing is needed any more. */
export function retention(given: Exclude<NonNullable<OtpOptions['retention']>, false>): {
  otps: number;
  history: number;
} {
  if (typeof given !== 'object') return retention(preset(given));
  const otps = whole('retention.otps', given.otps ?? 90, 4, 3650);
  return { otps, history: whole('retention.history', given.history ?? otps, 4, otps) };
}

function preset(name: OtpRetentionPreset): { otps: number } {
  const names = Object.keys(RETENTION_PRESETS).map((known) => `"${known}"`);
  if (!Object.hasOwn(RETENTION_PRESETS, name))
    fail('retention', name, `an object with days, false, or one of ${names.join(', ')}`);
  return RETENTION_PRESETS[name];
}
