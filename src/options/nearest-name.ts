/**
 * The name that was probably meant; its case and hyphens may differ too.
 *
 * @param letters how many letters may differ @default a third of the name
 */
export function nearestName(
  given: string,
  names: readonly string[],
  letters?: number,
): string | null {
  const meant = plain(given);
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(meant, plain(name)) }))
    .filter(({ name, distance }) => distance <= (letters ?? Math.ceil(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name ?? null;
}

const plain = (name: string): string[] =>
  Array.from(name.slice(0, 64).toLowerCase().replace(/[-_]/g, ''));

/** Levenshtein: letters to insert, to delete and to replace. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    for (const [j, other] of b.entries()) {
      const [replaced = 0, deleted = 0] = row.slice(j, j + 2);
      const inserted = next[j] ?? 0;
      next.push(Math.min(replaced + Number(letter !== other), deleted + 1, inserted + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
