import type { OtpLanguages } from 'nestjs-ants-otp';
import type { Visit } from './visit.js';

export type Language = 'en' | 'th';

const COOKIE = 'lang';
/** Seconds. */
const A_YEAR = 365 * 24 * 3600;

/** The language of a page: what the link on it chose, now or before, else what the browser asks for. */
export function languageOf(visit: Visit, languages: OtpLanguages): Language {
  const chosen = known(visit.query(COOKIE));
  if (chosen) visit.keep(COOKIE, chosen, A_YEAR);
  const asked = languages.of(visit.headers['accept-language']);
  return chosen ?? known(visit.cookie(COOKIE)) ?? (asked.startsWith('th') ? 'th' : 'en');
}

function known(text: string | undefined): Language | undefined {
  return text === 'en' || text === 'th' ? text : undefined;
}
