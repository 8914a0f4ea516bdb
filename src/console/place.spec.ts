import { expect, it } from '@jest/globals';
import { placeOf } from './place.js';

const languages = { of: (header?: string) => header ?? 'en' };
const at = (originalUrl: string, depth: number, header?: string) =>
  placeOf({ originalUrl, headers: { 'accept-language': header } }, depth, languages);

it.each([
  ['/ops/otp', 0],
  ['/ops/otp/', 0],
  ['/ops/otp?hours=24', 0],
  ['/ops/otp/find', 1],
  ['/ops/otp/find/', 1],
  ['/ops/otp/otps/1', 2],
  ['/ops/otp/otps/1/?lang=th', 2],
])('leads from %s back to the console', (url, depth) => {
  const { root, home } = at(url, depth);
  const led = (link: string) => new URL(link, `https://app.test/behind${url}`).pathname;
  expect(led(`${root}console.css`)).toBe('/behind/ops/otp/console.css');
  expect(led(home)).toBe('/behind/ops/otp');
});

it('speaks what was chosen, else what the browser asks for', () => {
  expect(at('/otp', 0, 'th')).toMatchObject({ language: 'th', query: '' });
  expect(at('/otp?lang=en', 0, 'th')).toMatchObject({ language: 'en', query: '?lang=en' });
  expect(at('/otp?lang="><b>', 0)).toMatchObject({ language: 'en', query: '?lang=en' });
});

it('leads to the same page in the other language, with what else was asked of it', () => {
  expect(at('/otp?hours=168', 0).switched).toEqual({ to: 'th', query: '?hours=168&lang=th' });
  expect(at('/otp?lang=th&otps=a%2Cb', 0).switched.query).toBe('?lang=en&otps=a%2Cb');
});
