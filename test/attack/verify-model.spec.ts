import { describe, expect, it } from '@jest/globals';
import { OtpSettings } from '../../src/otp.options.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { VerifyOtp } from '../../src/service/verify-otp.js';
import { ResendOtp } from '../../src/service/resend-otp.js';
import { ProviderGate } from '../../src/service/provider-gate.js';
import { FakeClock, MemoryOtpStore } from 'nestjs-ants-otp/testing';
import type { OtpProvider, SendOutcome, VerifyOutcome } from '../../src/ports/otp-provider.js';
import { isOtpException } from 'nestjs-ants-otp';
import { ask, newOtp } from '../contract/store-fixtures.js';

let seed = Number(process.env.SEED ?? 1);
const rnd = (): number => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};
const pick = <T>(v: readonly T[]): T => v[Math.floor(rnd() * v.length)]!;
const CODES = ['1111', '2222', '3333', '4444', '5555', '6666', '7777', '8888'];

describe('model', () => {
  it('is sound', async () => {
    const stats = { verified: 0, recovered: 0, never: 0, maxPairs: 0, maxCodes: 0, over: 0, dup: 0 , lostRight: 0};
    for (let run = 0; run < 6000; run++) {
      const clock = new FakeClock(Date.now());
      const store = new MemoryOtpStore(clock);
      const settings = new OtpSettings({ username: 'u', password: 'p', otcId: 'x', secret: 'a'.repeat(40) });
      const keys = new KeyRing(settings);
      let n = 0;
      const truth = new Map<string, { code: string; used: string | null; tries: number }>();
      const fresh = () => { n++; const idd = `p${n}`; truth.set(idd, { code: pick(CODES), used: null, tries: 0 }); return idd; };
      const pairs = new Set<string>(); const codes = new Set<string>();
      let hang: (() => void) | null = null;
      const usedBy: string[] = [];
      const provider = {
        resend: async (): Promise<SendOutcome> => ({ kind: 'sent', providerOtpId: fresh(), referenceCode: 'r' }),
        verify: async ({ otpId, otpCode }: { otpId: string; otpCode: string }): Promise<VerifyOutcome> => {
          const f = rnd();
          if (f < 0.1) return { kind: 'not_reached', detail: '' };
          pairs.add(`${otpId}:${otpCode}`); codes.add(otpCode);
          const never = () => new Promise<VerifyOutcome>(() => { /* crash */ });
          if (f < 0.2) return { kind: 'unknown', detail: '' };
          if (f < 0.25) return never();
          const o = truth.get(otpId)!;
          const right = o.code === otpCode;
          let out: VerifyOutcome;
          if (o.used) out = { kind: 'already_used' };
          else if (right) { o.used = otpCode; usedBy.push(otpCode); out = { kind: 'right' }; }
          else out = { kind: 'wrong' };
          if (f < 0.45) return { kind: 'unknown', detail: '' };
          if (f < 0.55) return never();
          return out;
        },
      } as unknown as OtpProvider;
      void hang;
      const mk = () => new VerifyOtp(store, provider, keys, new OtpProofs(keys, settings, store, clock), settings, clock, new ProviderGate(clock));
      const otp = newOtp({ mobileSealed: null });
      const s = keys.seal('+66812345678', otp.id); otp.keyId = s.keyId; otp.mobileSealed = s.sealed;
      await store.reserveRequest(ask(otp));
      await store.settleRequest(otp.id, { kind: 'sent', providerOtpId: fresh(), referenceCode: 'r' }, {});
      const ticket = keys.ticket(otp.id);
      let freshWins = 0;
      for (let step = 0; step < 14; step++) {
        const r = rnd();
        if (r < 0.12) { clock.advance(61); await new ResendOtp(store, provider, keys, settings, new ProviderGate(clock)).execute(otp.id, { ticket }).catch((e) => { if (!isOtpException(e)) throw e; }); continue; }
        if (r < 0.2) { clock.advance(16); continue; }
        const code = pick(CODES.slice(0, 5));
        const verify = mk();
        const call = verify.execute(otp.id, code, { ticket }).then((v) => v, (e: unknown) => { if (!isOtpException(e)) throw e; return null; });
        const res = await Promise.race([call, new Promise<null>((ok) => setImmediate(() => setImmediate(() => setImmediate(() => ok(null)))))]);
        if (res) {
          if (!res.repeated) { freshWins++; stats.verified++; }
          if (!usedBy.includes(code)) { stats.never++; process.stderr.write(`VERIFIED WITHOUT RIGHT CODE run ${run}\n`); }
        }
      }
      if (freshWins > 1) stats.dup++;
      stats.maxPairs = Math.max(stats.maxPairs, pairs.size); stats.maxCodes = Math.max(stats.maxCodes, codes.size);
      if (pairs.size > 5) stats.over++;
    }
    process.stderr.write(JSON.stringify(stats) + '\n');
    expect(stats.never).toBe(0);
  }, 100000);
});
