/** What a role can be allowed to do with a table. */
export type TableRight = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** One table of this module, as the role of the connection meets it. */
export interface TableAccess {
  name: string;
  /** Where it is; `null`: the connection finds no such table. */
  schema: string | null;
  /** Whether the role may use that schema. */
  usable: boolean;
  /** If the connection finds none: schemas outside its search path that have a table of this name. */
  elsewhere: string[];
  /** If the connection finds none: schemas of its search path that have one, and that the role may not use. */
  closed: string[];
  /** Columns that this version uses and the table does not have. */
  missing: string[];
  /** Rights that this version needs. */
  needed: readonly TableRight[];
  /** Those of them that the role does not have. */
  denied: TableRight[];
  /** Row-level security applies to the role, and no policy lets every row through. */
  filtered: boolean;
}

/** What stands between this module and its tables. */
export interface DatabaseAccess {
  /** The role of the connection. */
  role: string;
  /** Why nothing can be written: the server is a standby, or a setting makes transactions read-only. */
  readOnly: 'standby' | 'setting' | null;
  tables: TableAccess[];
}

/** One reason why statements fail or miss rows, with its remedy. */
export interface AccessProblem {
  kind: 'schema' | 'rights' | 'row_security' | 'read_only';
  says: string;
  fix: string;
}

/** Every reason, the tables first; empty when all is in order. */
export function accessProblems(access: DatabaseAccess): AccessProblem[] {
  return [columns(access), rights(access), rowSecurity(access), writable(access)].filter(
    (problem) => problem !== null,
  );
}

/**
 * Whether the role may read every table and write none: that of a process which only looks, such as the
 * command `find`.
 */
export function isReader({ tables }: DatabaseAccess): boolean {
  return tables.every(
    ({ schema, usable, filtered, needed, denied }) =>
      schema !== null &&
      usable &&
      !filtered &&
      needed.every((right) => denied.includes(right) === (right !== 'SELECT')),
  );
}

function columns({ tables }: DatabaseAccess): AccessProblem | null {
  // A table in a schema that the role may not use is there: that is a question of rights.
  const absent = tables.filter(({ closed }) => closed.length === 0);
  const missing = absent.flatMap(({ name, missing }) =>
    missing.map((column) => `${name}.${column}`),
  );
  if (missing.length === 0) return null;
  return {
    kind: 'schema',
    says: `Columns are missing: ${missing.join(', ')}.`,
    fix: 'Run the migrations (otpMigrations).',
  };
}

function rights({ role, tables }: DatabaseAccess): AccessProblem | null {
  const closed = tables.flatMap(({ schema, usable, closed }) =>
    schema === null || usable ? closed : [schema],
  );
  const schemas = [...new Set(closed)];
  const denied = tables.filter((table) => table.denied.length > 0);
  if (schemas.length === 0 && denied.length === 0) return null;
  const lacks = [
    ...schemas.map((schema) => `USAGE on schema ${schema}`),
    ...denied.map((table) => `${table.denied.join(', ')} on ${table.name}`),
  ];
  const to = `TO ${quoted(role)};`;
  const grants = [
    ...schemas.map((schema) => `GRANT USAGE ON SCHEMA ${quoted(schema)} ${to}`),
    ...denied.map((table) => `GRANT ${table.denied.join(', ')} ON ${nameOf(table)} ${to}`),
  ];
  return {
    kind: 'rights',
    says: `The database role ${quoted(role)} lacks rights: ${lacks.join('; ')}.`,
    fix: `Run as the owner of the tables: ${grants.join(' ')}`,
  };
}

function rowSecurity({ role, tables }: DatabaseAccess): AccessProblem | null {
  const filtered = tables.filter((table) => table.filtered);
  if (filtered.length === 0) return null;
  const off = filtered.map((table) => `ALTER TABLE ${nameOf(table)} DISABLE ROW LEVEL SECURITY;`);
  return {
    kind: 'row_security',
    says: `Row-level security hides rows of ${filtered.map(({ name }) => name).join(', ')} from the database role ${quoted(role)}.`,
    fix: `Run as the owner of the tables: ${off.join(' ')}`,
  };
}

function writable({ role, readOnly }: DatabaseAccess): AccessProblem | null {
  switch (readOnly) {
    case null:
      return null;
    case 'standby':
      return {
        kind: 'read_only',
        says: 'The database server is a standby: nothing can be written.',
        fix: 'Connect to the primary.',
      };
    case 'setting':
      return {
        kind: 'read_only',
        says: `Transactions of the database role ${quoted(role)} are read-only.`,
        fix: 'Turn default_transaction_read_only off for the role, the database or the server.',
      };
  }
}

const nameOf = ({ schema, name }: TableAccess): string =>
  schema === null ? name : `${quoted(schema)}.${name}`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
