import { isJsonObject } from './ants.json.js';
import type { Json } from './ants.json.js';

/** Every name of a field, at any depth. The names may hold anything, the SMS too. */
export function fieldNamesOf(tree: Json): string[] {
  const names: string[] = [];
  const open: Json[] = [tree];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) open.push(...(value as readonly Json[]));
    if (!isJsonObject(value)) continue;
    for (const [name, inner] of value) {
      names.push(name);
      open.push(inner);
    }
  }
  return names;
}

/** The names of a form's fields; of any other body none. */
export function formFieldNames(body: string, contentType: string): string[] {
  const isForm = /^\s*application\/x-www-form-urlencoded\b/i.test(contentType);
  return isForm ? [...new URLSearchParams(body).keys()] : [];
}
