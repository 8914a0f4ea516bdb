/** What a person was shown is flat; deeper is a mistake, a cycle or an attack. */
const MAX_DEPTH = 32;

/**
 * Reads a binding as the JSON it stands for, so that both sides of a comparison mean the same: class
 * instances such as DTOs by their own fields, absent fields as absent.
 *
 * @throws TypeError for what JSON cannot say (a Map, a Date, a function, NaN …): it would turn into
 *   something that equals too much
 */
export function plainJson(value: unknown): unknown {
  check(value, 0);
  return JSON.parse(JSON.stringify(value));
}

function check(value: unknown, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is not plain JSON.`);
  const kind = Object.prototype.toString.call(value);
  if ((kind !== '[object Object]' && kind !== '[object Array]') || depth >= MAX_DEPTH)
    throw new TypeError(`${kind} is not plain JSON here.`);
  for (const part of Object.values(value) as unknown[])
    if (part !== undefined || Array.isArray(value)) check(part, depth + 1);
}
