import type { OtpView } from '../service/otp.api.js';
import { isOtpException } from '../service/otp.exception.js';
import type { OtpService } from '../service/otp.service.js';
import { searchesOf } from './searches.js';

/** The OTPs that a text from the search field means, newest first, each once. */
export async function findOtps(otps: OtpService, text: unknown): Promise<OtpView[]> {
  const finds = searchesOf(text).map((search) =>
    'id' in search ? byId(otps, search.id) : otps.find(search),
  );
  const found = (await Promise.all(finds)).flat();
  const once = new Map(found.map((view) => [view.id, view]));
  return [...once.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

async function byId(otps: OtpService, id: string): Promise<OtpView[]> {
  try {
    return [await otps.status(id)];
  } catch (error) {
    if (isOtpException(error) && error.code === 'not_found') return [];
    throw error;
  }
}
