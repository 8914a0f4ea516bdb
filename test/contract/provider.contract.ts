import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import type { OtpProvider, SendOutcome } from 'nestjs-ants-otp';

export type Sent = Extract<SendOutcome, { kind: 'sent' }>;

/** A provider at work, and what only its test can know or do. */
export interface ProviderHarness {
  provider: OtpProvider;
  /** A configuration that the service knows. */
  otcId: string;
  /** The code that the user of this SMS reads. */
  codeOf(sent: Sent): string;
  /** Lets the codes that were sent so far expire. */
  expireCodes(): void;
  /** Cuts the service off, if it is one that can be away. */
  cutOff?(): Promise<void>;
  close(): Promise<void>;
}

/** What the module relies on in every `OtpProvider`. */
export function providerContract(name: string, open: () => Promise<ProviderHarness>): void {
  describe(`${name} keeps to the contract of a provider`, () => {
    const MOBILE = '66812345678';
    let harness: ProviderHarness;
    let provider: OtpProvider;
    beforeEach(async () => {
      harness = await open();
      provider = harness.provider;
    });
    afterEach(() => harness.close());

    const sentBy = async (outcome: Promise<SendOutcome>): Promise<Sent> => {
      const sent = await outcome;
      if (sent.kind !== 'sent') throw new Error(`Not sent: ${inspect(sent)}`);
      return sent;
    };
    const send = (mobile = MOBILE) => sentBy(provider.send({ otcId: harness.otcId, mobile }));
    const resend = ({ providerOtpId }: Sent) =>
      provider.resend({ otcId: harness.otcId, otpId: providerOtpId });
    const verify = ({ providerOtpId }: Sent, otpCode: string) =>
      provider.verify({ otpId: providerOtpId, otpCode });
    /** Another code of the same length. */
    const wrong = (code: string) => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));

    it('sends a code of 4 to 10 digits and names the OTP', async () => {
      const sent = await send();
      expect(Object.keys(sent).sort()).toEqual(['kind', 'providerOtpId', 'referenceCode']);
      expect(sent.providerOtpId).toMatch(/^\S.{0,98}\S$/);
      expect(sent.referenceCode).toMatch(/^\S{1,100}$/);
      expect(harness.codeOf(sent)).toMatch(/^\d{4,10}$/);
      expect(sent.referenceCode).not.toContain(harness.codeOf(sent));
    });

    it('takes every field of a request', async () => {
      const outcome = await provider.send({
        otcId: harness.otcId,
        mobile: MOBILE,
        notifyUrl: 'https://shop.example/otp/delivery-reports/abc',
        notifyContentType: 'application/json',
        callbackData: 'ใบสั่ง 17',
      });
      expect(outcome.kind).toBe('sent');
    });

    it('calls the right code right, once', async () => {
      const sent = await send();
      const code = harness.codeOf(sent);
      expect(await verify(sent, code)).toEqual({ kind: 'right' });
      expect((await verify(sent, code)).kind).toBe('already_used');
      expect((await verify(sent, wrong(code))).kind).not.toBe('right');
    });

    it('calls one of eight right codes at once right', async () => {
      const sent = await send();
      const code = harness.codeOf(sent);
      const kinds = await Promise.all(
        Array.from({ length: 8 }, async () => (await verify(sent, code)).kind),
      );
      expect(kinds.sort()).toEqual([...Array<string>(7).fill('already_used'), 'right']);
    });

    it('calls a wrong code wrong, and the right one right after it', async () => {
      const sent = await send();
      const code = harness.codeOf(sent);
      expect(await verify(sent, wrong(code))).toEqual({ kind: 'wrong' });
      expect(await verify(sent, code)).toEqual({ kind: 'right' });
    });

    it('ends an OTP after too many wrong codes', async () => {
      const sent = await send();
      const code = harness.codeOf(sent);
      const kinds: string[] = [];
      while (kinds.at(-1) !== 'limit' && kinds.length < 100)
        kinds.push((await verify(sent, wrong(code))).kind);
      expect(new Set(kinds)).toEqual(new Set(['wrong', 'limit']));
      expect((await verify(sent, code)).kind).toBe('limit');
    });

    it('ends an OTP by time', async () => {
      const sent = await send();
      harness.expireCodes();
      expect((await verify(sent, harness.codeOf(sent))).kind).toBe('expired');
    });

    it('keeps the OTPs of one number apart', async () => {
      const first = await send();
      const second = await send();
      expect(first.providerOtpId).not.toBe(second.providerOtpId);
      expect(await verify(first, harness.codeOf(first))).toEqual({ kind: 'right' });
      expect(await verify(second, harness.codeOf(second))).toEqual({ kind: 'right' });
    });

    it('checks the newest id and code after a resend', async () => {
      const first = await send();
      const second = await sentBy(resend(first));
      const third = await sentBy(resend(second));
      expect(await verify(third, harness.codeOf(third))).toEqual({ kind: 'right' });
      expect((await verify(first, harness.codeOf(third))).kind).not.toBe('right');
    });

    it('resends nothing for an OTP that it does not know or that was used', async () => {
      const used = await send();
      await verify(used, harness.codeOf(used));
      const unknown: Sent = { ...used, providerOtpId: 'never-sent' };
      for (const sent of [used, unknown]) {
        expect(await resend(sent)).toMatchObject({ kind: 'refused', reason: 'ended' });
      }
    });

    it('knows no code of an OTP that it never sent', async () => {
      const outcome = await provider.verify({ otpId: 'never-sent', otpCode: '918273' });
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'not_found' });
    });

    it('says nothing in a refusal that a log may not hold', async () => {
      const sent = await send();
      const code = harness.codeOf(sent);
      await verify(sent, code);
      const refusals = [
        await verify(sent, code),
        await resend(sent),
        await provider.verify({ otpId: 'never-sent', otpCode: code }),
      ];
      for (const secret of [code, MOBILE, MOBILE.slice(2)]) {
        expect(inspect(refusals, { depth: 9 })).not.toContain(secret);
      }
    });

    it('reads or refuses any report, and throws for none', async () => {
      const bodies = ['', 'null', '{"details":[]}', '<r/>', '\uFFFF', '['.repeat(50_000)];
      for (const body of bodies) {
        for (const type of ['application/json', 'application/xml', '', 'x/y; charset=z']) {
          const reading = await provider.readReports(Buffer.from(body), type);
          expect(reading).toMatchObject({ kind: 'unreadable', detail: expect.any(String) });
        }
      }
    });

    it('throws for nothing when the service is away, and nothing is right then', async () => {
      if (!harness.cutOff) return;
      const sent = await send();
      const code = harness.codeOf(sent);
      await harness.cutOff();
      const outcomes = await Promise.all([
        provider.send({ otcId: harness.otcId, mobile: MOBILE }),
        resend(sent),
        verify(sent, code),
      ]);
      for (const outcome of outcomes) expect(['not_reached', 'unknown']).toContain(outcome.kind);
      expect(inspect(outcomes, { depth: 9 })).not.toContain(code);
    });
  });
}
