import type { Json } from './ants.json.js';

/** Levels of elements. A report has four; wrappers and envelopes may add some. */
const MAX_DEPTH = 16;

const TEXT = '#text';
const CDATA = '#cdata';

const OPTIONS = {
  // Order keeps text beside CDATA apart: entities mean something in the one and nothing in the other.
  preserveOrder: true,
  cdataPropName: CDATA,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // The root is not counted.
  maxNestedTags: MAX_DEPTH - 1,
};

/**
 * Reads XML as the JSON that would say the same, since no page of ANTS shows its element names:
 * an element with elements in it is an object by their local names in lower case, one that stands
 * repeatedly is a list, any other is its text, an empty one is `null`. Attributes and namespaces say
 * nothing. The value of the root element, or `undefined` when it is not well-formed, holds a DTD or
 * is nested too deep.
 */
export async function parseXml(source: string): Promise<Json | undefined> {
  if (holdsDeclarations(source)) return undefined;
  // With the first XML and not with the app: JSON needs none of it, and to load it takes some 20 ms.
  // Deprecated only in favour of the same code as a package of its own.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const { XMLParser, XMLValidator: validator } = await import('fast-xml-parser');
  // The parser alone would mend what is malformed, and guess.
  if (validator.validate(source) !== true) return undefined;
  try {
    const roots = childrenOf(new XMLParser(OPTIONS).parse(source));
    return roots.elements.length === 1 ? valueOf(roots.elements[0]?.content) : undefined;
  } catch {
    return undefined;
  }
}

/** A DTD is refused unread: it can define entities, and a report needs none. */
function holdsDeclarations(source: string): boolean {
  return /<!(?!--|\[CDATA\[)/.test(source);
}

interface Children {
  elements: { name: string; content: unknown }[];
  text: string;
}

/** The parser gives a list of nodes, each an object whose one key is a name, `#text` or `#cdata`. */
function childrenOf(content: unknown): Children {
  const children: Children = { elements: [], text: '' };
  for (const node of content as object[]) {
    for (const [name, inner] of Object.entries(node) as [string, unknown][]) {
      if (name === TEXT) children.text += decodeEntities(inner as string);
      else if (name === CDATA) children.text += literalText(inner);
      else children.elements.push({ name: localName(name), content: inner });
    }
  }
  return children;
}

function valueOf(content: unknown): Json {
  const { elements, text } = childrenOf(content);
  if (elements.length === 0) return withoutIndentation(text) || null;
  const byName = new Map<string, Json[]>();
  for (const { name, content: inner } of elements) {
    const values = byName.get(name);
    if (values) values.push(valueOf(inner));
    else byName.set(name, [valueOf(inner)]);
  }
  return new Map(
    [...byName].map(([name, values]) => {
      const [only = null] = values;
      return [name, values.length === 1 ? only : values];
    }),
  );
}

function literalText(content: unknown): string {
  return (content as Record<string, string>[]).map((node) => node[TEXT]).join('');
}

/** Blanks are data, but a line break around a text comes from a printer. */
function withoutIndentation(text: string): string {
  return /[\r\n]/.test(text) ? text.trim() : text;
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1).toLowerCase();
}

const PREDEFINED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** The five entities of XML itself and character numbers, in one pass; any other stays as it is. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g,
    (whole, name?: string, decimal?: string, hex?: string) => {
      if (name) return PREDEFINED[name] ?? whole;
      const point = decimal ? Number(decimal) : parseInt(hex ?? '', 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
