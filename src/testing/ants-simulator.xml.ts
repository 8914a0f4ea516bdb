/**
 * A value as XML. ANTS documents no element names, so they are the JSON names; a list is its element
 * repeated, and what is `undefined` is left out.
 */
export function toXml(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => toXml(name, item)).join('');
  return `<${name}>${innerXml(value)}</${name}>`;
}

function innerXml(value: object | string | number | boolean | null): string {
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value ?? {})
    .map(([key, field]) => toXml(key, field))
    .join('');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Escapes markup, and drops the control characters that XML 1.0 cannot hold at all. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r]/gu, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
