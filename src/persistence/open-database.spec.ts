import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase } from './open-database.js';

const PAST_THE_CHECK = 'The version was accepted.';

/** Boots on a server that reports this version and answers nothing else. */
function openOn(version: string): Promise<unknown> {
  const answers = [[{ version, major: Number.parseInt(version) }]];
  const dataSource = {
    options: { type: 'postgres' },
    driver: {},
    query: () => Promise.resolve(answers.shift() ?? Promise.reject(new Error(PAST_THE_CHECK))),
  } as unknown as DataSource;
  return openDatabase(
    dataSource,
    { preparedStatements: true, instance: 'default' },
    { lookupId: 'a', formerLookupIds: [] },
  );
}

describe('the version of PostgreSQL', () => {
  it.each(['9.6.24', '13.23', '14.20 (Debian 14.20-1.pgdg13+1)'])('%s stops the boot', (version) =>
    expect(openOn(version)).rejects.toThrow(
      `OtpModule needs PostgreSQL 15 or newer; this server runs ${version}. Upgrade the server.`,
    ),
  );

  it.each(['15.0', '18.4', '19beta1'])('%s is accepted', (version) =>
    expect(openOn(version)).rejects.toThrow(PAST_THE_CHECK),
  );
});
