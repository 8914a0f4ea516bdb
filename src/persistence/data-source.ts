import type { DynamicModule, Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { group } from '../options/checks.js';
import { fail } from '../options/config-error.js';
import { otpEntities } from './otp.entities.js';
import { checkDatabase, openOwnDatabase, ownDatabaseOptions } from './own-database.js';
import type { OtpDatabaseOptions } from './own-database.js';

/** The token of the DataSource that holds the tables. */
export const OTP_DATA_SOURCE = Symbol('nestjs-ants-otp:data-source');

interface Choice {
  /** Name of the module, for a DataSource of its own. */
  name: string;
  dataSource: string | undefined;
  database: OtpDatabaseOptions | undefined;
}

/** The app's DataSource, or one of the module's own. */
export function dataSourceOf({ name, dataSource, database }: Choice): {
  imports: DynamicModule[];
  provider: Provider;
} {
  if (database !== undefined) {
    if (dataSource !== undefined)
      fail('dataSource', dataSource, 'left out when "database" is given');
    checkDatabase(group('database', database) as OtpDatabaseOptions);
    const own = `nestjs-ants-otp:${name}`;
    const module = TypeOrmModule.forRootAsync({
      name: own,
      // Version 11 of @nestjs/typeorm looks its DataSource up by this name when the app closes.
      useFactory: async () => ({ ...(await ownDatabaseOptions(database)), name: own }),
      dataSourceFactory: (options) => openOwnDatabase(options as DataSourceOptions),
    });
    const provider = { provide: OTP_DATA_SOURCE, useExisting: getDataSourceToken(own) };
    return { imports: [module], provider };
  }
  // Only for `autoLoadEntities`: the module uses no repository, and importing these would fail without a
  // DataSource before the sentence below could say what to do.
  TypeOrmModule.forFeature(otpEntities, dataSource);
  const provider = {
    provide: OTP_DATA_SOURCE,
    useFactory: (source?: DataSource) => source ?? missing(dataSource),
    inject: [{ token: getDataSourceToken(dataSource), optional: true }],
  };
  return { imports: [], provider };
}

function missing(name: string | undefined): never {
  const [which, option] =
    name === undefined
      ? ['no TypeORM DataSource', '']
      : [`no TypeORM DataSource named "${name}"`, ` name: '${name}',`];
  throw new Error(
    `OtpModule finds ${which} in this app: import TypeOrmModule.forRoot({${option} type: 'postgres', … }), or give the module an address, OtpModule.forRoot({ database: { url }, … }).`,
  );
}
