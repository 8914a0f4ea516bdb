/** A piece of a page that is safe to send: everything that came from outside was escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template; `null` leaves nothing, a list stands one after the other. */
export type Part = Html | string | number | null | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Puts a piece together; texts are escaped, for elements and for attributes in quotes alike. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.map((text, i) => text + shown(parts[i] ?? null)).join(''));

function shown(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
  return typeof part === 'number' ? String(part) : part.map(shown).join('');
}
