/**
 * Whether Postgres stores a text as it is: no NUL, and no half of a surrogate pair (each would become
 * the same replacement character, and two different texts one).
 */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** Text that others wrote, without any run of digits that could be a code or a number. */
export const withoutDigits = (text: string): string => text.replace(/[\d๐-๙]{4,}/g, '…');
