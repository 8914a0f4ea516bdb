/**
 * The text of a body, or the name of a charset that this Node cannot read. A byte order mark decides,
 * then the `charset` of the content type, then the XML declaration, then UTF-8, which stands
 * in no ANTS page but is what JSON is written in. Thai systems also write `windows-874` and `tis-620`.
 */
export function decodeBody(
  body: Buffer,
  contentType: string,
): { text: string } | { unknownCharset: string } {
  const charset = byteOrderMark(body) ?? declaredByType(contentType) ?? declaredByXml(body);
  try {
    return { text: new TextDecoder(charset).decode(body) };
  } catch {
    // Without full ICU data Node knows no Thai charset.
    return { unknownCharset: charset ?? '' };
  }
}

function byteOrderMark(body: Buffer): string | undefined {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return 'utf-8';
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le';
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be';
  return undefined;
}

const NAME = '["\']?([\\w.:-]{1,40})';
const IN_TYPE = new RegExp(`;\\s*charset\\s*=\\s*${NAME}`, 'i');
const IN_XML = new RegExp(`^\\s*<\\?xml[^>]{1,100}?encoding\\s*=\\s*${NAME}`, 'i');

function declaredByType(contentType: string): string | undefined {
  return IN_TYPE.exec(contentType)?.[1];
}

/** A declaration that can be read as ASCII is not UTF-16, though .NET programs often say so. */
function declaredByXml(body: Buffer): string | undefined {
  const charset = IN_XML.exec(body.toString('latin1', 0, 200))?.[1];
  return charset && /^utf-?16/i.test(charset) ? undefined : charset;
}
