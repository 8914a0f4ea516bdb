/** The name that was probably meant: a third of its letters may differ, and its case and hyphens. */
export function nearestName(given: string, names: readonly string[]): string | null {
  const letters = plain(given);
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(letters, plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.ceil(name.length / 3))
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
