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
import { bootApp, nextMobile } from '../support/app.js';
import { providerContract, type ProviderHarness, type Sent } from './provider.contract.js';

type SimulatorOptions = NonNullable<ConstructorParameters<typeof AntsSimulator>[0]>;

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

  it('has the types that the port asks for', () => {
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
