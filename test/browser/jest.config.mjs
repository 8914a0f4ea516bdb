// The browser tests: `npm run test:browser`. All else is as for `npm test`.
import { accessSync, constants } from 'node:fs';
import { shared, withDatabase } from '../../jest.config.mjs';

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const candidates = process.env.OTP_TEST_CHROMIUM ? [process.env.OTP_TEST_CHROMIUM] : USUAL;
const chromium = candidates.find(isExecutable);
if (chromium === undefined) {
  const required = process.env.OTP_TEST_BROWSER === 'required';
  console.error(
    `${required ? 'Failed' : 'Skipped'}: there is no Chromium at ${candidates.join(', ')}. Nothing is downloaded here. On Debian: ` +
      'apt-get install chromium fonts-noto-core fonts-thai-tlwg. Elsewhere name the binary by OTP_TEST_CHROMIUM.',
  );
  process.exit(required ? 1 : 0);
}
process.env.OTP_TEST_CHROMIUM = chromium;

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export default {
  ...shared,
  ...withDatabase,
  roots: ['<rootDir>/test/browser'],
  testMatch: ['**/*.browser-spec.ts'],
  testTimeout: 90_000,
  maxWorkers: 1,
};
