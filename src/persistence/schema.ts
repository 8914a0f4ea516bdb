import type { DataSource } from 'typeorm';

const TABLES =
  /(?<![\w.'"])(otps|otp_(?:sends|events|handlers|outbox|limits|actions|conversions|figures))(?![\w.'"])/g;

/**
 * A statement whose tables are looked for in this schema, instead of along the connection's search path.
 * Columns and constraints need no such name.
 */
export const inSchema = (sql: string, schema: string | undefined): string =>
  schema === undefined ? sql : sql.replace(TABLES, (table) => `${quoted(schema)}.${table}`);

/** As an identifier of SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** TypeORM's option `schema` of a DataSource; `undefined` is wherever the search path leads. */
export const schemaOf = (dataSource: DataSource): string | undefined =>
  (dataSource.options as { schema?: string }).schema;
