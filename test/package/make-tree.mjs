import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/** Of the template's tools those that neither compile nor test: they would only take time to install. */
const LEFT_OUT = /^(oxlint|eslint|@eslint|prettier|globals|typescript-eslint|@nestjs\/mau)/;

/** Majors of the parts of Nest that have numbers of their own. */
const PARTS = {
  11: ['@nestjs/axios@4', '@nestjs/config@4', '@nestjs/typeorm@11', '@nestjs/platform-fastify@11'],
  12: [
    '@nestjs/axios@12',
    '@nestjs/config@12',
    '@nestjs/typeorm@12',
    '@nestjs/platform-fastify@12',
  ],
};

/** Makes an app by Nest's own template, puts the quick start into it and installs everything once. */
export function makeTree(place, { name, nest, type, typeorm, swagger }, tarball, readme) {
  const folder = join(place, name);
  rmSync(folder, { recursive: true, force: true });
  // In the folder of the templates, or a newer version further up would be found.
  const home = templates(place, nest);
  run(home, join(home, 'node_modules/.bin/schematics'), [
    '@nestjs/schematics:application',
    `--name=${name}`,
    `--directory=${name}`,
    '--package-manager=npm',
    ...(nest > 11 ? [`--type=${type}`] : []),
    '--no-dry-run',
  ]);
  renameSync(join(home, name), folder);
  const manifest = join(folder, 'package.json');
  const app = JSON.parse(readFileSync(manifest, 'utf8'));
  const tools = Object.entries(app.devDependencies).filter(([tool]) => !LEFT_OUT.test(tool));
  app.devDependencies = Object.fromEntries(tools);
  writeFileSync(manifest, JSON.stringify(app, null, 2));
  run(folder, 'npm', [
    ...['install', '--no-audit', '--no-fund', '--save', tarball],
    ...[
      ...PARTS[nest],
      `typeorm@${typeorm}`,
      'axios',
      'class-transformer',
      'class-validator',
      'pg',
      ...(swagger ? [`@nestjs/swagger@${nest}`] : []),
    ],
  ]);
  for (const [file, text] of Object.entries(quickStart(readme)))
    writeFileSync(join(folder, 'src', file), text);
  const start = readFileSync(join(folder, 'src/main.ts'), 'utf8');
  // The README changes nothing in `main.ts`; for Fastify it is Nest's own two lines.
  writeFileSync(
    join(folder, 'src/main.fastify.ts'),
    `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${start.replace('create(AppModule)', 'create(AppModule, new FastifyAdapter())')}`,
  );
  for (const file of ['app.controller.spec.ts', 'app.controller.ts', 'app.service.ts'])
    rmSync(join(folder, 'src', file));
  writeFileSync(join(folder, 'src/own-database.ts'), OWN_DATABASE);
  writeFileSync(join(folder, 'src/login.spec.ts'), ownTest(type) + (swagger ? SWAGGER_TEST : ''));
  return folder;
}

/** The templates of a major version of Nest, installed once. */
function templates(place, nest) {
  const folder = join(place, `templates-${nest}`);
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run(folder, 'npm', [
    ...['install', '--no-audit', '--no-fund', '--ignore-scripts'],
    ...[`@nestjs/schematics@${nest}`, '@angular-devkit/schematics-cli@19'],
  ]);
  return folder;
}

/** The files of the README's quick start, but for the `main.ts` that every app has. */
function quickStart(readme) {
  const blocks = [...readme.matchAll(/<!-- runs: (\S+) -->\n\n```ts\n([\s\S]*?)^```/gm)];
  const files = blocks.map(([, file, text]) => [file, text]).filter(([file]) => file !== 'main.ts');
  if (files.length !== 3) throw new Error('The quick start of the README has other files now.');
  return Object.fromEntries(files);
}

/** An app without TypeORM: it starts, counts and ends, or its process ends with an error. */
const OWN_DATABASE = `
import { NestFactory } from '@nestjs/core';
import { OtpModule, otpConfig, OtpService } from 'nestjs-ants-otp';

async function start(): Promise<void> {
  const database = { url: process.env.DATABASE_URL, migrationsRun: true };
  const module = OtpModule.forRootAsync({ database, useFactory: () => otpConfig() });
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const found = await app.get(OtpService).find({ mobile: '081-234-5678' });
  await app.close();
  console.log(JSON.stringify(found));
}
void start();
`;

/** A test as an app would write it, in the template's own runner and its globals. */
const ownTest = (type) => `
import { Test } from '@nestjs/testing';
import { OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import { LoginController } from './login.controller${type === 'esm' ? '.js' : ''}';

it('logs in with the code of the SMS, and with no other', async () => {
  const testing = await Test.createTestingModule({
    imports: [OtpTestingModule.forTest()],
    controllers: [LoginController],
  }).compile();
  const app = await testing.createNestApplication({ logger: false }).init();
  try {
    const otp = app.get(OtpTester);
    const login = app.get(LoginController);
    const mobile = '081-234-5678';
    const { id, ticket } = await login.request(mobile, '127.0.0.1');
    await expect(login.login(id, otp.wrongCodeFor(mobile), ticket)).rejects.toMatchObject({ code: 'wrong_code' });
    expect((await login.login(id, otp.codeFor(mobile), ticket)).mobile).toBe('+66812345678');
  } finally {
    await app.close();
  }
});
`;

/** Only the packed package shows whether what it writes is what this version of swagger reads. */
const SWAGGER_TEST = `
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

it('shows the ready routes in its OpenAPI document', async () => {
  const testing = await Test.createTestingModule({
    imports: [OtpTestingModule.forTest({ routes: true })],
  }).compile();
  const app = await testing.createNestApplication({ logger: false }).init();
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  await app.close();
  expect(document.paths['/otp/{otpId}/verify']?.post?.responses).toHaveProperty('422');
  expect(document.components?.schemas).toMatchObject({
    RequestOtpDto: { required: ['mobile'] },
    OtpErrorDto: { properties: { code: { type: 'string' } } },
  });
});
`;
