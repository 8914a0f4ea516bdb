import { parse } from 'lossless-json';

/** JSON as the provider wrote it; the keys of an object are in lower case. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/**
 * Reads JSON whose key case cannot be relied on. Objects become maps, so no key can reach a
 * prototype. `undefined` when it is not JSON, or when an object says two things under one key.
 *
 * @param readNumber makes a value of a number's digits; identity keeps ids of 20 digits whole.
 */
export function parseJson(
  text: string,
  readNumber: (digits: string) => string | number,
): Json | undefined {
  try {
    return foldKeys(parse(text, null, readNumber));
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

function foldKeys(value: unknown): Json {
  if (Array.isArray(value)) return value.map(foldKeys);
  if (typeof value !== 'object' || value === null) return value as string | number | boolean | null;
  const folded = new Map<string, Json>();
  for (const [key, inner] of Object.entries(value)) {
    const name = key.toLowerCase();
    if (folded.has(name)) throw new SyntaxError('Two keys differ only in case.');
    folded.set(name, foldKeys(inner));
  }
  return folded;
}
