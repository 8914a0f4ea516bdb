import { DataSource } from 'typeorm';
import { migrate, ownDatabaseOptions } from '../../persistence/own-database.js';
import { UsageError } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: '[--schema <name>] [--table <name>]',
  about:
    'Makes or updates the tables in the database of DATABASE_URL, for apps that do not run otpMigrations themselves.',
  flags: { schema: 'string', table: 'string' },
  standsAlone: true,
  async run({ flags }: Given): Promise<Answer> {
    const { DATABASE_URL: url, OTP_SCHEMA } = process.env;
    if (!url) throw new UsageError('It needs DATABASE_URL.');
    const { table: migrationsTable, schema = OTP_SCHEMA || undefined } = flags as Record<
      string,
      string | undefined
    >;
    const dataSource = new DataSource(await ownDatabaseOptions({ url, schema, migrationsTable }));
    await dataSource.initialize();
    try {
      const ran = await migrate(dataSource);
      return {
        value: { ran },
        text: ran.length === 0 ? 'Nothing to do.' : `Ran ${ran.join(', ')}.`,
      };
    } finally {
      await dataSource.destroy();
    }
  },
};
