import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an app may have beside what the README installs; npm must find versions that fit together. */
export const EXTRA_PEERS = {
  11: [
    ...['@nestjs/terminus@11', '@nestjs/swagger@11', '@nestjs/event-emitter@3'],
    ...['@nestjs/platform-fastify@11', '@opentelemetry/api@1'],
  ],
  12: [
    ...['@nestjs/terminus@12', '@nestjs/swagger@12', '@nestjs/event-emitter@12'],
    ...['@nestjs/platform-fastify@12', '@opentelemetry/api@1'],
  ],
};

/** The app of the README on Fastify, on the app's own DataSource, and what the optional peers are for. */
export function addExtras(folder) {
  const read = (file) => readFileSync(join(folder, 'src', file), 'utf8');
  const write = (file, text) => writeFileSync(join(folder, 'src', file), text);
  const main = read('main.ts');
  // The README changes nothing in `main.ts`; for Fastify it is Nest's own two lines.
  const onFastify = main.replace('create(AppModule)', 'create(AppModule, new FastifyAdapter())');
  write(
    'main.fastify.ts',
    `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${onFastify}`,
  );
  write('main.data-source.ts', main.replace('./app.module', './data-source.module'));
  write('data-source.module.ts', onOwnDataSource(read('app.module.ts')));
  write('extras.spec.ts', EXTRAS_TEST);
}

/** As docs/database.md says for an app that has a DataSource. */
function onOwnDataSource(module) {
  const own = 'database: { url: process.env.DATABASE_URL, migrationsRun: true },';
  if (!module.includes(own)) throw new Error('The README has another database now.');
  return `import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OtpHealthIndicator } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
${module
  .replace(own, '')
  .replace(
    'ConfigModule.forRoot(),',
    `ConfigModule.forRoot(),
    TerminusModule,
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      autoLoadEntities: true,
      migrations: otpMigrations,
      migrationsRun: true,
    }),`,
  )
  .replace(
    'export class AppModule {}',
    `export class AppModule {
  constructor(
    private readonly health: HealthCheckService,
    private readonly otp: OtpHealthIndicator,
  ) {}

  /** Stops the start when the health is not understood. */
  async onApplicationBootstrap(): Promise<void> {
    await this.health.check([() => this.otp.database('otp'), () => this.otp.provider('ants')]);
  }
}`,
  )}`;
}

/** Only the packed package shows whether what it writes is what this version of swagger reads. */
const EXTRAS_TEST = `
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { OtpTestingModule } from 'nestjs-ants-otp/testing';

it('shows the ready routes in its OpenAPI document', async () => {
  const testing = await Test.createTestingModule({
    imports: [OtpTestingModule.forTest({ routes: true })],
  }).compile();
  const app = await testing.createNestApplication().init();
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  await app.close();
  expect(document.paths['/otp/{otpId}/verify']?.post?.responses).toHaveProperty('422');
  expect(document.components?.schemas).toMatchObject({
    RequestOtpDto: { required: ['mobile'] },
    OtpErrorDto: { properties: { code: { type: 'string' } } },
  });
});
`;
