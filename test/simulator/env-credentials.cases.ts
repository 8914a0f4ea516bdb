import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpService } from '@nestjs/axios';
import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import axios from 'axios';
import { otpConfig, OtpSettings } from 'nestjs-ants-otp';
import { AntsClient } from '../../src/providers/ants/ants.client.js';

/** Each row: the password, and the line of `.env` that means it. */
const PASSWORDS: [password: string, value: string][] = [
  ['simple', 'simple'],
  ['100%', '100%'],
  ['%41%zz', "'%41%zz'"],
  ['a:b::c', 'a:b::c'],
  [':', "':'"],
  ['a#b', "'a#b'"],
  ['a #b', "'a #b'"],
  ['#', "'#'"],
  ['say "hi"', `'say "hi"'`],
  ['"', `'"'`],
  ['"quoted" inside', `'"quoted" inside'`],
  ["it's", '"it\'s"'],
  ["it's", "`it's`"],
  [`both ' and "`, '`both \' and "`'],
  ['$HOME', "'$HOME'"],
  ['$HOME', '$HOME'],
  ['a${b}$$c', "'a${b}$$c'"],
  ['blanks  inside', "'blanks  inside'"],
  ['inner blank', 'inner blank'],
  ['\\n is two characters', "'\\n is two characters'"],
  ['a\\b\\\\c', "'a\\b\\\\c'"],
  ['=a==', '=a=='],
  ['รหัสผ่าน', 'รหัสผ่าน'],
  ['รหัส ผ่าน #๑', "'รหัส ผ่าน #๑'"],
  ['😀é', "'😀é'"],
  [`%:#"$ \\'ก`, '`%:#"$ \\\'ก`'],
];

describe('a password in .env reaches ANTS byte for byte', () => {
  const before = { ...process.env };
  const folder = mkdtempSync(join(tmpdir(), 'otp-env-'));
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{}');
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    process.env = { ...before };
    seen.length = 0;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** The Authorization header of a call by an app with this `.env`. */
  async function sentWith(lines: string, expandVariables = false): Promise<string | undefined> {
    const { port } = server.address() as AddressInfo;
    const envFilePath = join(folder, '.env');
    writeFileSync(
      envFilePath,
      [
        lines,
        'ANTS_OTC_ID=F2A1',
        'OTP_SECRET=only-for-tests-only-for-tests-only-for-tests',
        `ANTS_BASE_URL=http://127.0.0.1:${port}`,
        'OTP_ALLOW_INSECURE=true',
      ].join('\n'),
    );
    const app = await Test.createTestingModule({
      imports: [ConfigModule.forRoot({ envFilePath, expandVariables, load: [otpConfig] })],
    }).compile();
    const options = app.get<ReturnType<typeof otpConfig>>(otpConfig.KEY);
    const { baseUrl, account } = new OtpSettings(options, 'test');
    if (account.auth === 'own') throw new Error('The environment names no provider.');
    const client = new AntsClient(new HttpService(axios.create()), {
      baseUrl,
      credential: account,
    });
    await client.verify({ otpId: '1', otpCode: '918273' });
    client.onApplicationShutdown();
    await app.close();
    return seen[0];
  }
  const basic = (password: string) =>
    `Basic ${Buffer.from(`shop:${password}`, 'utf8').toString('base64')}`;

  it.each(PASSWORDS)('%j, written as %s', async (password, value) => {
    expect(await sentWith(`ANTS_USERNAME=shop\nANTS_PASSWORD=${value}`)).toBe(basic(password));
  });

  it.each([
    ["' a blank before'", 'begins or ends with a blank'],
    ["'a blank behind '", 'begins or ends with a blank'],
    ['"a line end\\n"', 'begins or ends with a blank'],
    ['"two\\nlines"', 'contains a control character'],
    [`'"quoted"'`, 'begins and ends with a quotation mark'],
    [`"'quoted'"`, 'begins and ends with a quotation mark'],
  ])('but not with blanks or quotes around it: %s', async (value, problem) => {
    await expect(sentWith(`ANTS_USERNAME=shop\nANTS_PASSWORD=${value}`)).rejects.toThrow(
      `OtpModule: variable ANTS_PASSWORD (option "password") ${problem}`,
    );
  });

  it.each([
    ["'a\\$b'", 'a$b'],
    ["'\\${a}'", '${a}'],
  ])('with expandVariables a $ needs a \\: %s', async (value, password) => {
    const lines = `ANTS_USERNAME=shop\nANTS_PASSWORD=${value}`;
    expect(await sentWith(lines, true)).toBe(basic(password));
  });

  it('so does a user name in Thai letters', async () => {
    const sent = await sentWith("ANTS_USERNAME='ร้าน ๑'\nANTS_PASSWORD=p");
    expect(sent).toBe(`Basic ${Buffer.from('ร้าน ๑:p', 'utf8').toString('base64')}`);
  });

  it('so does a token', async () => {
    expect(await sentWith('ANTS_TOKEN=eyJ0.a-b_c~d+e/f==')).toBe('Bearer eyJ0.a-b_c~d+e/f==');
  });

  it.each(['a #b', 'a#b'])('but not what follows a # without quotes: %s', async (value) => {
    expect(await sentWith(`ANTS_USERNAME=shop\nANTS_PASSWORD=${value}`)).toBe(basic('a'));
  });
});
