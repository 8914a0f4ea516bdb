import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import ts from 'typescript';
import type { OtpProvider } from '../../src/ports/otp-provider.js';
import { AntsClient, type AntsClientOptions } from '../../src/providers/ants/ants.client.js';
import type { VerifyFlags } from '../../src/providers/ants/ants.mapper.js';
import { bootApp, nextMobile } from '../support/app.js';
import { itInAll } from '../support/in-all.js';
import { providerContract, type ProviderHarness, type Sent } from './provider.contract.js';

type SimulatorOptions = NonNullable<ConstructorParameters<typeof AntsSimulator>[0]>;
type AntsFlags = SimulatorOptions['verifyFlags'];

/** ANTS' client before a simulated ANTS that behaves in one of the ways that the real one may. */
async function ants(
  behaviour: SimulatorOptions,
  options: Partial<AntsClientOptions> = {},
): Promise<ProviderHarness> {
  let now = Date.now();
  const simulator = new AntsSimulator({ ...behaviour, reports: 'manual', now: () => now });
  const baseUrl = await simulator.start();
  const { username, password, otcIds } = simulator.settings;
  const client = new AntsClient(new HttpService(axios.create()), {
    baseUrl,
    credential: { auth: 'basic', username, password },
    ...options,
  });
  return {
    provider: client,
    otcId: otcIds[0]!,
    codeOf: ({ providerOtpId }: Sent) =>
      simulator.inbox.filter(({ otpId }) => otpId === providerOtpId).at(-1)!.code,
    expireCodes: () => (now += simulator.settings.ttl * 1000),
    cutOff: () => simulator.stop(),
    async close() {
      client.onApplicationShutdown();
      await simulator.stop();
    },
  };
}

providerContract('AntsClient, refused by flags,', () => ants({}));
providerContract('AntsClient, refused by codes with HTTP 400,', () =>
  ants({ verifyRefusal: 'codes', failureStatus: 400 }),
);
providerContract('AntsClient, naming both ids in a resend,', () =>
  ants({ resendReads: 'both' }, { resendBody: 'both' }),
);
providerContract('AntsClient, given the same id and code by a resend,', () =>
  ants({ resendNewOtpId: false, resendNewCode: false }),
);
providerContract('AntsClient, answered in upper case, with numbers and at the root,', () =>
  ants({
    keyCase: 'upper',
    codeForm: 'number',
    failurePlace: 'root',
    referenceKey: 'referrenceCode',
  }),
);
providerContract('AntsClient, answered in lower case, with messages alone,', () =>
  ants({ keyCase: 'lower', codeForm: 'none' }),
);
providerContract('AntsClient, answered with Thai messages alone,', () =>
  ants({ codeForm: 'none', messageLanguage: 'th', verifyRefusal: 'codes' }),
);
providerContract('AntsClient, answered with a flag on every wrong code,', () =>
  ants({ verifyFlags: 'wrong', verifyRefusal: 'codes' }, { verifyFlags: 'wrong' }),
);
providerContract('AntsClient, answered with swapped flags,', () =>
  ants({ verifyFlags: 'swapped' }, { verifyFlags: 'swapped' }),
);

/** What ANTS may do with the flags, how they are read, and what a wrong, a used-up and a late code then are. */
const PAIRS: [AntsFlags, VerifyFlags, [wrong: string, usedUp: string, late: string]][] = [
  ['documented', 'limit', ['wrong', 'limit', 'expired']],
  ['documented', 'wrong', ['wrong', 'wrong', 'expired']],
  ['documented', 'swapped', ['wrong', 'expired', 'limit']],
  ['wrong', 'limit', ['limit', 'limit', 'expired']],
  ['wrong', 'wrong', ['wrong', 'wrong', 'expired']],
  ['wrong', 'swapped', ['expired', 'expired', 'limit']],
  ['swapped', 'limit', ['wrong', 'expired', 'limit']],
  ['swapped', 'wrong', ['wrong', 'expired', 'wrong']],
  ['swapped', 'swapped', ['wrong', 'limit', 'expired']],
];

describe('AntsClient, whatever the flags mean and however they are read,', () => {
  it.each(PAIRS)('calls only the right code right: %s, read as %s', async (sent, read, kinds) => {
    const harness = await ants({ verifyFlags: sent, maxAttempts: 1 }, { verifyFlags: read });
    const { provider, otcId } = harness;
    try {
      const otp = async () => {
        const outcome = await provider.send({ otcId, mobile: '66812345678' });
        if (outcome.kind !== 'sent') throw new Error('Not sent.');
        const otpId = outcome.providerOtpId;
        const check = async (otpCode: string) => (await provider.verify({ otpId, otpCode })).kind;
        return { right: () => check(harness.codeOf(outcome)), wrong: () => check('wrong') };
      };
      const [good, used, late] = [await otp(), await otp(), await otp()];
      expect(await good.right()).toBe('right');
      const wrong = await used.wrong();
      const usedUp = await used.right();
      harness.expireCodes();
      expect([wrong, usedUp, await late.right()]).toEqual(kinds);
    } finally {
      await harness.close();
    }
  });
});

describe('AntsClient where one reading excludes the contract', () => {
  it('gets the newest OTP of the otcId sent again by the otcId alone', async () => {
    const harness = await ants({ resendReads: 'otcId' }, { resendBody: 'otcId' });
    const { provider, otcId } = harness;
    try {
      const sent = await provider.send({ otcId, mobile: '66812345678' });
      expect(sent.kind).toBe('sent');
      const resent = await provider.resend({ otcId, otpId: 'not-looked-at' });
      if (resent.kind !== 'sent') throw new Error('Not sent again.');
      const check = { otpId: resent.providerOtpId, otpCode: harness.codeOf(resent) };
      expect(await provider.verify(check)).toEqual({ kind: 'right' });
    } finally {
      await harness.close();
    }
  });
});

const PAGE = join(import.meta.dirname, '../../docs/write-your-own-provider.md');
const PORT = join(import.meta.dirname, '../../src/ports/otp-provider.ts');
const folder = mkdtempSync(join(tmpdir(), 'otp-provider-'));
const [, source = ''] =
  /<!-- \w+: console\.provider\.ts -->\n\n```ts\n([\s\S]*?)\n```/.exec(
    readFileSync(PAGE, 'utf8'),
  ) ?? [];
const file = join(folder, 'console.provider.ts');
writeFileSync(file, source.replaceAll("'nestjs-ants-otp'", JSON.stringify(PORT)));

type ConsoleProviderClass = new (print: (line: string) => void, now: () => number) => OtpProvider;
const { ConsoleProvider } = (await import(file)) as { ConsoleProvider: ConsoleProviderClass };

describe('the provider in docs/write-your-own-provider.md', () => {
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has about 40 lines', () => {
    const lines = source
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('import'));
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThanOrEqual(42);
  });

  it('serves the module in place of ANTS', async () => {
    const lines: string[] = [];
    const provider = new ConsoleProvider((line) => lines.push(line), Date.now);
    const t = await bootApp({
      options: { provider, username: undefined, password: undefined, otcId: undefined },
    });
    try {
      const otp = await t.otps.request({ mobile: nextMobile() });
      const code = /is (\d{6}) /.exec(lines[0]!)![1]!;
      const done = await t.otps.verify(otp.id, code, { ticket: otp.ticket });
      expect(done).toMatchObject({ repeated: false });
      expect(t.simulator.requests).toHaveLength(0);
    } finally {
      await t.close();
    }
  });

  itInAll('has the types that the port asks for', () => {
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      typeRoots: [join(import.meta.dirname, '../../node_modules/@types')],
    });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(problems).toEqual([]);
  });
});

providerContract('ConsoleProvider', () => {
  let now = Date.now();
  const lines: string[] = [];
  const provider = new ConsoleProvider(
    (line) => lines.push(line),
    () => now,
  );
  return Promise.resolve({
    provider,
    otcId: 'none',
    codeOf: ({ referenceCode }: Sent) => {
      const line = lines.find((printed) => printed.includes(`(Ref: ${referenceCode})`));
      return / (\d{6}) /.exec(line ?? '')?.[1] ?? '';
    },
    expireCodes: () => (now += 300_000),
    close: () => Promise.resolve(),
  });
});
