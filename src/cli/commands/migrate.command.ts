import { DataSource } from 'typeorm';
import { otpMigrations } from '../../../migrations/index.js';
import { UsageError } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: '[--table <name>]',
  about:
    'Makes or updates the tables in the database of DATABASE_URL, for apps that do not run otpMigrations themselves.',
  flags: { table: 'string' },
  async run({ flags }: Given): Promise<Answer> {
    const { DATABASE_URL: url } = process.env;
    if (!url) throw new UsageError('It needs DATABASE_URL.');
    const { table } = flags;
    const dataSource = new DataSource({
      ...{ type: 'postgres', url, migrations: otpMigrations },
      // TypeORM's own name, so that an app with TypeORM does not run them a second time.
      migrationsTableName: typeof table === 'string' ? table : 'migrations',
    });
    await dataSource.initialize();
    try {
      const ran = (await dataSource.runMigrations()).map(({ name }) => name);
      return {
        value: { ran },
        text: ran.length === 0 ? 'Nothing to do.' : `Ran ${ran.join(', ')}.`,
      };
    } finally {
      await dataSource.destroy();
    }
  },
};
