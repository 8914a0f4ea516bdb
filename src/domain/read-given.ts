/**
 * Reads fields of a value that a caller gave, which may be of any type.
 *
 * @param read reads each field once, so that the value that is checked is the value that is used
 * @returns `null` for anything but an object, and when an accessor or a proxy throws
 */
export function readGiven<T>(given: unknown, read: (object: object) => T): T | null {
  if (typeof given !== 'object' || given === null) return null;
  try {
    return read(given);
  } catch {
    return null;
  }
}
