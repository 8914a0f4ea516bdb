import { toXml } from './ants-simulator.xml.js';

/** An answer's text and what it is. */
export interface FormattedAnswer {
  body: string;
  headers: { 'content-type': string };
}

/** Writes an answer as the caller's Accept wants it: XML only to whoever names that and nothing wider. */
export function formatAnswer(body: object, accept = ''): FormattedAnswer {
  if (!/\bxml\b/i.test(accept) || /json|\*\/\*/i.test(accept))
    return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return {
    body: `<?xml version="1.0" encoding="UTF-8"?>${toXml('response', body)}`,
    headers: { 'content-type': 'application/xml' },
  };
}
