import type { Finding } from './fact.js';

const HEAD = ['§', 'fact', 'expected', 'seen', 'verdict'];

/** The findings as a table for a terminal. */
export function findingsTable(findings: readonly Finding[]): string {
  const rows = [
    HEAD,
    ...findings.map(({ section, fact, expected, seen, verdict }) => [
      String(section),
      fact,
      expected,
      seen,
      verdict,
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
