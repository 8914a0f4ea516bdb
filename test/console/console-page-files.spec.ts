import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_FILES } from '../../src/console/page-files.js';

const FOLDER = join(import.meta.dirname, '../../src/console');
const read = (name: string): string => readFileSync(join(FOLDER, 'page', name), 'utf8');

it('page-files.ts is what stands in src/console/page: `npm run console` writes it', () => {
  const files = { 'console.css': read('console.css'), 'console.js': read('console.js') };
  if (process.env.OTP_WRITE_CONSOLE) writeFileSync(join(FOLDER, 'page-files.ts'), moduleOf(files));
  else expect(PAGE_FILES).toEqual(files);
});

it('is small', () => {
  const size = Buffer.byteLength(Object.values(PAGE_FILES).join(''));
  console.log(`A browser loads ${size} bytes of style and script beside a page of the console.`);
  expect(size).toBeLessThan(12 * 1024);
});

const moduleOf = (files: Record<string, string>): string => `/**
 * What a browser loads beside a page, written by \`npm run console\` from src/console/page: as texts of a module
 * they are in both builds, and no file has to be found at run time.
 */
// prettier-ignore
export const PAGE_FILES = ${JSON.stringify(files, null, 2)};
`;
