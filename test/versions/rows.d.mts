/** One combination of versions; see `rows.mjs`. */
export interface VersionRow {
  name: string;
  node: number;
  postgres: number;
  nest: number;
  typeorm: string;
}
export const ROWS: readonly VersionRow[];
export const POSTGRES: Readonly<Record<number, string>>;
