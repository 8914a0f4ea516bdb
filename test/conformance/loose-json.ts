/** A field by its name in any case; `undefined` when the value is no object or has none. */
export function field(value: unknown, name: string): unknown {
  return entry(value, name)?.[1];
}

/** The key as it is really written. */
export function keyOf(value: unknown, name: string): string | undefined {
  return entry(value, name)?.[0];
}

function entry(value: unknown, name: string): [string, unknown] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value as Record<string, unknown>).find(
    ([key]) => key.toLowerCase() === name.toLowerCase(),
  );
}
