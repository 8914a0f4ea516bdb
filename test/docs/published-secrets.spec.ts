import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OtpSettings } from 'nestjs-ants-otp';

/** No page prints a secret that a production app would take: somebody would copy it. */

const ROOT = join(import.meta.dirname, '../..');
const inFolder = (folder: string, ends: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ends))
    .map((file) => join(folder, file));
const FILES = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', '.env.example'],
  ...inFolder('docs', '.md'),
  ...inFolder('example', '.ts'),
];

/** `OTP_SECRET=…` of an environment, `OTP_SECRET: '…'` and `secret: '…'` of code, lists included. */
const PRINTED =
  /\b(?:OTP_(?:FORMER_)?(?:LOOKUP_)?SECRETS?|[sS]ecrets?|(?:l|formerL)ookupSecrets?)(?:=|\??: ?\[?)(?:'([^'\n]+)'|"([^"\n]+)"|([\w+/=.,-]+))/g;

function printedIn(text: string): string[] {
  const values = [...text.matchAll(PRINTED)].flatMap(([, ...found]) =>
    found.filter(Boolean).join('').split(','),
  );
  // Shorter ones are no secrets anyway.
  return values.filter((value) => value.length >= 32);
}

const refused = (secret: string): boolean => {
  const account = { username: 'user', password: 'password', otcId: 'F2A1', dailyBudget: false };
  try {
    new OtpSettings(
      { ...account, secret } as ConstructorParameters<typeof OtpSettings>[0],
      'production',
    );
    return false;
  } catch {
    return true;
  }
};

it.each(FILES)('%s prints no secret that works in production', (file) => {
  const taken = printedIn(readFileSync(join(ROOT, file), 'utf8')).filter((one) => !refused(one));
  expect(taken).toEqual([]);
});

it('a page that printed one would be found', () => {
  const good = 'Zk3vQ8mT1xW6bN0sY5hJ2cR9fL4gD7pA';
  const pages = [
    `OTP_SECRET=${good}`,
    `    OTP_LOOKUP_SECRET: '${good}',`,
    `OTP_SECRETS=${good},${good}`,
    `  secret: '${good}',`,
    `{ secrets: ['${good}'] }`,
  ];
  for (const page of pages) {
    expect(new Set(printedIn(page))).toEqual(new Set([good]));
    expect(printedIn(page).every((one) => !refused(one))).toBe(true);
  }
});
