import type { OtpView } from '../service/otp.api.js';
import { isOtpException } from '../service/otp.exception.js';
import type { OtpService } from '../service/otp.service.js';
import { searchesOf } from './searches.js';

/** So many are listed. */
const MOST = 50;

/** The OTPs that a text from the search field means, newest first, each once, at most 50. */
export async function findOtps(otps: OtpService, text: unknown): Promise<OtpView[]> {
  const finds = searchesOf(text).map((search) =>
    'id' in search ? byId(otps, search.id) : otps.find(search),
  );
  const found = (await Promise.all(finds)).flat();
  const once = new Map(found.map((view) => [view.id, view]));
  return [...once.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, MOST);
}

/** Those of a list of ids, as `foundHref` writes it; what is no longer there is left out. */
export async function otpsOf(otps: OtpService, ids: string): Promise<OtpView[]> {
  const asked = ids.split(',').slice(0, MOST);
  return (await Promise.all(asked.map((id) => byId(otps, id)))).flat();
}

async function byId(otps: OtpService, id: string): Promise<OtpView[]> {
  try {
    return [await otps.status(id)];
  } catch (error) {
    if (isOtpException(error) && error.code === 'not_found') return [];
    throw error;
  }
}
