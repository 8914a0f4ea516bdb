/** Rows with the same keys as lines of text, each column as wide as it must be. */
export function tableOf(rows: readonly Record<string, string>[]): string {
  const [first] = rows;
  if (!first) return '';
  const names = Object.keys(first);
  const widths = names.map((name) =>
    Math.max(...rows.map((row) => (row[name] ?? '').length), name.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? '')))].join('\n');
}
