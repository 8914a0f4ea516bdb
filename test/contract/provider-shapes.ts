/**
 * The shape of a body: its keys or elements as they stand, each value by the form of its text. Two
 * rows of a table that share shape and outcome test the same thing twice.
 */
export function shapeOf(body: string): string {
  const source = body.trimStart();
  if (source.startsWith('<')) {
    return body.replace(/>([^<]+)(?=<)/g, (_, text: string) => `>${formOf(text)}`);
  }
  const value = parsed(body);
  // JSON that JSON.parse would tidy up, such as a key that stands twice, is its own shape.
  const blanks = body.slice(0, body.length - source.length);
  return value === undefined || keyCount(body) !== keyCount(JSON.stringify(value))
    ? formOf(body)
    : blanks +
        JSON.stringify(value, (_, inner: unknown) => {
          if (typeof inner === 'string') return formOf(inner);
          return typeof inner === 'number' ? `number ${formOf(String(inner))}` : inner;
        });
}

/** The names of rows that repeat the shape and the outcome of another one. */
export function repeats(rows: readonly { name: string; shape: string }[]): string[] {
  const first = new Map<string, string>();
  return rows.flatMap(({ name, shape }) => {
    const other = first.get(shape);
    first.set(shape, other ?? name);
    return other === undefined ? [] : [`"${name}" repeats "${other}"`];
  });
}

/** Digits one by one, runs of letters by their case and script. */
function formOf(text: string): string {
  return text
    .replace(/[A-Z]+/g, 'A')
    .replace(/[a-z]+/g, 'a')
    .replace(/\p{Script=Thai}+/gu, 'ก')
    .replace(/[0-9]/g, '9');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const keyCount = (json: string): number => json.match(/"\s*:/g)?.length ?? 0;
