import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import { noteDatabase, noteLog, noteRows, noteSecret } from './run-record.js';
import type { SecretKind } from './run-record.js';

const CODE = '4820175936';
const TICKET = 'q3J8x_Zk-0LwV5tYb2NcRg';
const TOKEN = 'AYkKXayWd0u8zrMCmaCAV7xq-1mP_9sT4eUwYdKfG0o';
const CLAIMS = 'eyJqdGkiOiIwMTg5MGE1ZC1hYzk2LTc3NGIifQ';
const SIGNATURE = 'mJ7v2Qd0Xb_Kp-9sRt4uWyZa1cE3gI5kM8oO6qS0uVw';
const PROOF = `eyJhbGciOiJIUzI1NiJ9.${CLAIMS}.${SIGNATURE}`;
const PASSWORD = 'correct horse: battery';
const TEXT = 'Your OTP is 1234 (Ref: Xy12)';
const SECRETS: [SecretKind, string][] = [
  ['code', CODE],
  ['number', '66897654321'],
  ['ticket', TICKET],
  ['webhook token', TOKEN],
  ['proof', PROOF],
  ['credential', PASSWORD],
  ['SMS text', TEXT],
];
/** Texts that give a secret away. */
const LEAKS: [kind: SecretKind, spelling: string, text: string][] = [
  ['code', 'as it is', `the code ${CODE} was refused`],
  ['code', 'after a line break', `refused:\n${CODE}`],
  ['code', 'with a hyphen', '48201-75936'],
  ['code', 'as SHA-256', createHash('sha256').update(CODE).digest('hex')],
  ['number', 'national', 'to 0897654321'],
  ['number', 'of nine digits', '(897654321)'],
  ['number', 'on the wire', '{"to":"66897654321"}'],
  ['number', 'in E.164', 'to=+66897654321'],
  ['number', 'with separators', 'on 2026-11-25 089-765 4321 asked'],
  ['ticket', 'as it is', `"${TICKET}"`],
  ['ticket', 'inside of a word', `otp_${TICKET}_x`],
  ['ticket', 'in hex', Buffer.from(TICKET, 'base64url').toString('hex')],
  ['webhook token', 'in a path', `POST /otp/delivery-reports/${TOKEN} 404`],
  ['webhook token', 'its MAC alone', Buffer.from(TOKEN, 'base64url').toString('hex').slice(32)],
  ['proof', 'as it is', `X-OTP-Proof: ${PROOF}`],
  ['proof', 'its claims', CLAIMS],
  ['proof', 'its signature', `sig=${SIGNATURE}`],
  ['credential', 'as it is', `password ${PASSWORD}`],
  ['credential', 'in an address', `http://u:${encodeURIComponent(PASSWORD)}@proxy`],
  ['credential', 'in base64', `Basic ${Buffer.from(PASSWORD).toString('base64')}`],
  ['SMS text', 'with a short code', `sent "${TEXT}"`],
];

describe('the check of a run', () => {
  const { OTP_TEST_RECORD: ofThisRun } = process.env;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otp-record-'));
    process.env.OTP_TEST_RECORD = folder;
    for (const [kind, value] of SECRETS) noteSecret(kind, value);
  });
  afterEach(async () => {
    process.env.OTP_TEST_RECORD = ofThisRun;
    await rm(folder, { recursive: true });
  });
  const noteRow = (row: object, table = 'public.notes'): void => {
    noteRows('db', table, [JSON.stringify(row)]);
  };
  const problems = async (): Promise<string[]> => (await checkRun(folder)).problems;

  describe.each(LEAKS)('finds a %s, %s,', (kind, _, text) => {
    const found = [expect.stringMatching(new RegExp(`^A ${kind} \\(.+\\) of test.+ stands in `))];

    it('in a line of a log', async () => {
      noteLog('warn', text);
      expect(await problems()).toEqual(found);
      expect((await problems())[0]).toContain('check-run.spec.ts (warn)');
    });

    it('in jsonb, and in its keys', async () => {
      noteRow({ data: { list: [{ said: text }] } });
      noteRow({ data: { [text]: 1 } });
      expect(await problems()).toEqual([...found, ...found]);
      expect((await problems())[0]).toContain('public.notes, column data.list.said, of test');
    });

    it('in the bytes of a bytea', async () => {
      noteRow({ body: `\\x${Buffer.from(text).toString('hex')}` });
      expect(await problems()).toEqual(found);
    });

    it('and does not repeat it', async () => {
      noteLog('warn', text);
      noteRow({ data: { [text]: 1 } });
      const said = (await problems()).join();
      for (const [, value] of SECRETS) expect(said).not.toContain(value.slice(0, 8));
    });
  });

  it.each([
    ['a ticket', Buffer.from(TICKET, 'base64url')],
    ['a webhook token', Buffer.from(TOKEN, 'base64url')],
    ['the MAC of a webhook token', Buffer.from(TOKEN, 'base64url').subarray(16)],
  ])('finds the raw bytes of %s in a bytea', async (_, bytes) => {
    noteRow({ mac: `\\x${bytes.toString('hex')}` });
    expect(await problems()).toHaveLength(1);
  });

  it.each([
    ['a masked number', '08x-xxx-4321'],
    ['a number inside of hex', 'mac 5f0897654321ab'],
    ['a part of a longer number', '20897654321000000017'],
    ['a part of a ticket', TICKET.slice(1)],
    ['the header of a proof', PROOF.slice(0, 20)],
    ['a short code', '1234'],
  ])('takes %s for no leak', async (_, text) => {
    noteLog('warn', text);
    noteRow({ said: text });
    expect(await problems()).toEqual([]);
  });

  it('counts what it looked at', async () => {
    noteSecret('code', CODE);
    noteSecret('code', '1234');
    noteLog('warn', 'first line');
    noteDatabase('db', 'created');
    noteRow({ id: 1 });
    noteRow({ id: 2 });
    noteDatabase('db', 'dumped');
    expect(await checkRun(folder)).toEqual({
      secrets: {
        ...{ code: 2, number: 1, ticket: 1, proof: 1, credential: 1 },
        ...{ 'SMS text': 1, 'webhook token': 1 },
      },
      ...{ skipped: 1, logs: 1, databases: 1, rows: 2, problems: [] },
    });
  });

  it('demands that every database was looked at', async () => {
    noteDatabase('db', 'created');
    expect(await problems()).toEqual([expect.stringContaining('not dropped')]);
  });

  it('demands that the log of an app was noted', async () => {
    noteDatabase('db', 'got an app');
    expect(await problems()).toEqual([expect.stringContaining('no line of its log')]);
  });

  it('demands the codes of an app that sent SMS', async () => {
    await rm(folder, { recursive: true });
    folder = process.env.OTP_TEST_RECORD = await mkdtemp(join(tmpdir(), 'otp-record-'));
    noteDatabase('db', 'got an app');
    noteLog('log', 'started');
    noteRow({ outcome: 'sent' }, 'public.otp_sends');
    noteDatabase('db', 'dumped');
    noteSecret('ticket', TICKET);
    expect(await problems()).toEqual([expect.stringContaining('no code or number')]);
  });
});
