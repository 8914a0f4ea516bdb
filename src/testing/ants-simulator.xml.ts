/** Where the names of a document belong to. */
export interface XmlNamespace {
  prefix: string;
  uri: string;
}

/**
 * A document's root. ANTS documents no element names, so they are the JSON names; a list is its
 * element repeated, and what is `undefined` is left out.
 */
export function toXml(name: string, value: object, namespace?: XmlNamespace): string {
  if (!namespace) return element('', name, value);
  const { prefix, uri } = namespace;
  return element(`${prefix}:`, name, value).replace('>', ` xmlns:${prefix}="${uri}">`);
}

function element(prefix: string, name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => element(prefix, name, item)).join('');
  return `<${prefix}${name}>${innerXml(prefix, value)}</${prefix}${name}>`;
}

function innerXml(prefix: string, value: object | string | number | boolean | null): string {
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value ?? {})
    .map(([key, field]) => element(prefix, key, field))
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
