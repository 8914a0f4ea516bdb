import { expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { otpController } from '../../src/http/otp.controller.js';
import { documentErrors } from '../support/openapi.js';
import { runLog } from '../support/leaks/run-log.js';

const ROOT = join(import.meta.dirname, '../..');
const FILE = join(ROOT, 'openapi.json');

/** The document of an app that has nothing but the ready routes. */
async function documentOfRoutes(): Promise<OpenAPIObject> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const testing = await Test.createTestingModule({ controllers: [otpController('otp', 'default')] })
    .setLogger(runLog())
    .useMocker(() => ({}))
    .compile();
  const config = new DocumentBuilder()
    .setTitle('nestjs-ants-otp')
    .setDescription('The ready routes of nestjs-ants-otp, at their usual path.')
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .build();
  const app = testing.createNestApplication();
  const document = SwaggerModule.createDocument(app, config);
  await app.close();
  return document;
}

it('openapi.json is the document of the ready routes: `npm run openapi` writes it', async () => {
  const document = await documentOfRoutes();
  if (process.env.OTP_WRITE_OPENAPI)
    await writeFile(FILE, `${JSON.stringify(document, null, 2)}\n`);
  const shipped = JSON.parse(await readFile(FILE, 'utf8')) as OpenAPIObject;
  expect(shipped).toEqual(JSON.parse(JSON.stringify(document)));
  expect(await documentErrors(shipped)).toEqual([]);
});
