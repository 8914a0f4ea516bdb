import { describe, expect, it } from '@jest/globals';
import { accessProblems, isReader } from './database-access.js';
import type { DatabaseAccess, TableAccess } from './database-access.js';

const TABLE: TableAccess = {
  ...{ name: 'otps', schema: 'otp', usable: true, elsewhere: [], closed: [], missing: [] },
  ...{ needed: ['SELECT', 'INSERT'], denied: [], filtered: false },
};
const access = (table: Partial<TableAccess>, more: Partial<DatabaseAccess> = {}) => ({
  ...{ role: 'app"1', readOnly: null, tables: [{ ...TABLE, ...table }] },
  ...more,
});

describe('what stands between the module and its tables', () => {
  it('is nothing when all is in order', () => {
    expect(accessProblems(access({}))).toEqual([]);
  });

  it.each([
    ['standby', 'The database server is a standby: nothing can be written.', /primary/],
    ['setting', 'Transactions of the database role "app""1" are read-only.', /read_only off/],
  ] as const)('is a database that cannot be written to: %s', (readOnly, says, fix) => {
    expect(accessProblems(access({}, { readOnly }))).toEqual([
      { kind: 'read_only', says, fix: expect.stringMatching(fix) },
    ]);
  });

  it('is a missing right, with statements that quote what needs it', () => {
    expect(accessProblems(access({ denied: ['INSERT'], schema: 'my "otp"' }))).toEqual([
      {
        kind: 'rights',
        says: 'The database role "app""1" lacks rights: INSERT on otps.',
        fix: 'Run as the owner of the tables: GRANT INSERT ON "my ""otp""".otps TO "app""1";',
      },
    ]);
  });

  it('is a schema on the search path that the role may not use, and no missing column', () => {
    const closed = { schema: null, closed: ['otp'], missing: ['id'] };
    expect(accessProblems(access(closed)).map(({ kind }) => kind)).toEqual(['rights']);
  });

  it('is a missing table, with every column of it', () => {
    expect(accessProblems(access({ schema: null, missing: ['id', 'status'] }))).toMatchObject([
      { kind: 'schema', says: 'Columns are missing: otps.id, otps.status.' },
    ]);
  });

  it('is several things at once, the tables first', () => {
    const worst = access(
      { denied: ['INSERT'], missing: ['id'], filtered: true },
      { readOnly: 'standby' },
    );
    expect(accessProblems(worst).map(({ kind }) => kind)).toEqual([
      ...['schema', 'rights', 'row_security', 'read_only'],
    ]);
  });
});

it.each<[string, boolean, Partial<TableAccess>]>([
  ['may read and not write', true, { denied: ['INSERT'] }],
  ['may do everything', false, {}],
  ['may do nothing', false, { denied: ['SELECT', 'INSERT'] }],
  ['may write and not read', false, { denied: ['SELECT'] }],
  ['does not see every row', false, { denied: ['INSERT'], filtered: true }],
  ['may not use the schema', false, { denied: ['INSERT'], usable: false }],
  ['finds no table', false, { denied: ['INSERT'], schema: null }],
])('a role that %s is a reader: %s', (_, reader, table) => {
  expect(isReader(access(table))).toBe(reader);
});
