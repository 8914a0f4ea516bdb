import type { QueryRunner } from 'typeorm';

/** What stands before a table's name: the `schema` of the DataSource, or nothing for its search path. */
export function schemaOf(runner: QueryRunner): string {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- TypeORM 0.3 has no other name for it
  const { schema } = runner.connection.options as { schema?: string };
  return schema === undefined ? '' : `"${schema.replaceAll('"', '""')}".`;
}
