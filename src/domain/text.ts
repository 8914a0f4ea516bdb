/**
 * Whether Postgres stores a text as it is: no NUL, and no half of a surrogate pair (each would become
 * the same replacement character, and two different texts one).
 */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
