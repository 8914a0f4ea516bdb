// Runs the specs that can repeat themselves, with their full counts: `npm run test:long`.
// `npm run test:long -- --share 0.1` runs a tenth of them; other arguments go to Jest.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const at = args.indexOf('--share');
const share = at < 0 ? '1' : args.splice(at, 2)[1];
if (!(Number(share) > 0 && Number(share) <= 1)) {
  console.error(`--share is a part of the full counts, above 0 and at most 1; this is "${share}".`);
  process.exit(2);
}
const repeats = /from '.*support\/counts\.js'|from '.*contract\/provider-fuzz\.js'/;
const specs = ['src', 'test']
  .flatMap((room) => readdirSync(room, { recursive: true }).map((file) => join(room, file)))
  .filter((file) => /(?:spec|cases)\.ts$/.test(file) && repeats.test(readFileSync(file, 'utf8')));
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const { status } = spawnSync(
  process.execPath,
  [...jest, '--testTimeout=3600000', ...(args.length > 0 ? args : specs)],
  { stdio: 'inherit', env: { ...process.env, OTP_TEST_ALL: '1', OTP_TEST_SHARE: share } },
);
process.exit(status ?? 1);
