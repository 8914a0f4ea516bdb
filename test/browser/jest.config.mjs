// The browser tests: `npm run test:browser`. All else is as for `npm test`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../..');
const { jest } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'));

export default {
  ...jest,
  rootDir,
  roots: ['<rootDir>/test/browser'],
  testMatch: ['**/*.browser-spec.ts'],
  maxWorkers: 1,
};
