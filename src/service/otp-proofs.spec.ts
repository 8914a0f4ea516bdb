import { describe, expect, it } from '@jest/globals';
import { createSigner } from 'fast-jwt';
import { createHmac, generateKeyPairSync, hkdfSync, sign as signWith } from 'node:crypto';
import type { OtpRecord } from '../domain/otp.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpOptions } from '../options/otp.options.js';
import type { OtpStore, QueryRunner } from '../ports/otp-store.js';
import { FakeClock } from '../testing/fake-clock.js';
import { KeyRing } from './key-ring.js';
import { OtpProofs } from './otp-proofs.js';
import type { ProofDemand } from './otp-proofs.js';

const OLD = 'old-secret-that-signed-the-earlier-proofs';
const NEW = 'new-secret-that-signs-each-proof-from-now-on';
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER_ID = '01890a5d-ac96-774b-bcce-b302099a8058';
const MOBILE = '+66812345678';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VERIFIED_AT = new Date('2026-01-01T00:00:00.750Z');
/** Where the seconds of a proof are counted from: its times are whole seconds. */
const START = Date.UTC(2026, 0, 1);
const TRANSFER: ProofDemand = { purpose: 'transfer' };

/** A store that knows one verification, good for one use. */
class OneUse {
  left = 1;
  readonly calls: unknown[][] = [];
  readonly consume = (...call: unknown[]): Promise<object | null> => {
    this.calls.push(call);
    return Promise.resolve(this.left-- > 0 ? {} : null);
  };
}

function setUp(options: Partial<OtpOptions> = {}) {
  const secrets = options.secrets ?? [OLD];
  const settings = new OtpSettings({
    username: 'user',
    password: 'password',
    otcId: 'F2A1',
    lookupSecret: OLD,
    ...options,
    secrets,
  });
  const keys = new KeyRing(settings);
  const clock = new FakeClock(START);
  const store = new OneUse();
  const proofs = new OtpProofs(keys, settings, store as unknown as OtpStore, clock);
  const issue = (facts: Partial<OtpRecord> = {}): string => {
    const otp = { id: ID, purpose: 'transfer', subject: null, bindingMac: null, ...facts };
    return proofs.issue(otp as OtpRecord, MOBILE, VERIFIED_AT);
  };
  /** `ok`, or why the proof is refused. */
  const verdict = (token: string, demand: ProofDemand = TRANSFER): string => {
    const check = proofs.check(token, demand);
    return check.ok ? 'ok' : check.refusal.code;
  };
  return { proofs, keys, clock, store, issue, verdict };
}

const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a proof', () => {
  const { proofs, keys, issue, verdict } = setUp();

  it('says what was proven', () => {
    expect(proofs.check(issue({ subject: 'u1' }), TRANSFER)).toEqual({
      ok: true,
      facts: {
        id: ID,
        purpose: 'transfer',
        subject: 'u1',
        mobile: MOBILE,
        verifiedAt: new Date(START),
      },
    });
  });

  it('of nobody has no subject', () => {
    expect(proofs.check(issue(), TRANSFER)).toMatchObject({ facts: { subject: null } });
  });

  it('takes its times from the verification, not from the clock', () => {
    const late = setUp();
    late.clock.advance(300);
    expect(payloadOf(late.issue())).toMatchObject({ iat: START / 1000, exp: START / 1000 + 600 });
  });

  it('carries the id of its OTP, whenever it is issued', () => {
    expect([payloadOf(issue())['jti'], payloadOf(issue())['jti']]).toEqual([ID, ID]);
  });

  it('does not show the number', () => {
    expect(JSON.stringify(payloadOf(issue()))).not.toMatch(/812345678|5678/);
  });

  it('does not show what it is bound to', () => {
    const token = issue({ bindingMac: keys.bindingMac({ to: 'Somchai' }) });
    expect(Object.keys(payloadOf(token)).sort()).toEqual(
      ['aud', 'binding', 'exp', 'iat', 'iss', 'jti', 'mobile', 'purpose'].sort(),
    );
  });

  it('opens no route of another purpose', () => {
    expect(verdict(issue(), { purpose: 'login' })).toBe('proof_invalid');
  });
});

describe('the age of a proof', () => {
  it.each([
    ['before its end', {}, 599, 'ok'],
    ['at its end, within the skew of two clocks', {}, 629.999, 'ok'],
    ['past its end and the skew', {}, 630, 'proof_expired'],
    ['within maxAge and the skew', { maxAge: 60 }, 90, 'ok'],
    ['past maxAge and the skew', { maxAge: 60 }, 90.001, 'proof_expired'],
    ['with a maxAge longer than its life', { maxAge: 3600 }, 700, 'proof_expired'],
    ['with a maxAge of 0', { maxAge: 0 }, 30.001, 'proof_expired'],
    ['made by a clock 30 s ahead', {}, -30, 'ok'],
    ['made in the future', {}, -30.001, 'proof_invalid'],
  ])('%s', (_, demand, seconds, expected) => {
    const { clock, issue, verdict } = setUp();
    clock.advance(seconds);
    expect(verdict(issue(), { ...TRANSFER, ...demand })).toBe(expected);
  });

  it('is an option', () => {
    const { clock, issue, verdict } = setUp({ proof: { ttl: 60 } });
    clock.advance(90);
    expect(verdict(issue())).toBe('proof_expired');
  });
});

describe('the subject of a proof', () => {
  it.each([
    ['the same one', 'u1', 'u1', 'ok'],
    ['another one', 'u1', 'u2', 'proof_invalid'],
    ['nobody where one is demanded', null, 'u1', 'proof_invalid'],
    ['somebody where none is demanded', 'u1', undefined, 'ok'],
  ])('%s', (_, subject, demanded, expected) => {
    const { issue, verdict } = setUp();
    expect(verdict(issue({ subject }), { ...TRANSFER, subject: demanded })).toBe(expected);
  });
});

describe('the binding of a proof', () => {
  it.each([
    ['the same one', { to: 'A', amount: 100 }, { amount: 100, to: 'A' }, 'ok'],
    ['another amount', { to: 'A', amount: 100 }, { to: 'A', amount: 101 }, 'proof_invalid'],
    ['another payee', { to: 'A', amount: 100 }, { to: 'B', amount: 100 }, 'proof_invalid'],
    ['a number as a text', { amount: 100 }, { amount: '100' }, 'proof_invalid'],
    ['bound, where no binding is checked', { amount: 100 }, undefined, 'proof_invalid'],
    ['unbound, where a binding is checked', undefined, { amount: 100 }, 'proof_invalid'],
    ['unbound, where null is checked', undefined, null, 'proof_invalid'],
  ])('%s', (_, shown, done, expected) => {
    const { keys, issue, verdict } = setUp();
    const token = issue({ bindingMac: shown ? keys.bindingMac(shown) : null });
    expect(verdict(token, { ...TRANSFER, binding: done })).toBe(expected);
  });
});

describe('a forged proof', () => {
  const { keys, issue, verdict } = setUp();
  const token = issue({ subject: 'u1', bindingMac: keys.bindingMac(100) });
  const demand: ProofDemand = { ...TRANSFER, binding: 100 };
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = payloadOf(token);
  const kid = keys.current.id;
  const own = keys.current.proof;
  /** Any header over any claims, with a MAC of any key: what a library may refuse to write. */
  const macked = (head: object, body: object, key: Buffer, hash = 'sha256'): string => {
    const input = `${encoded({ typ: 'JWT', kid, ...head })}.${encoded(body)}`;
    return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
  };
  const signed = (changes: object = {}, key = own): string =>
    createSigner({ algorithm: 'HS256', key, kid })({ ...claims, ...changes });
  const tampered = (changes: object): string =>
    `${header}.${encoded({ ...claims, ...changes })}.${signature}`;
  const without = (claim: string): string =>
    macked(
      { alg: 'HS256' },
      Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim)),
      own,
    );
  const derived = (label: string): Buffer =>
    Buffer.from(hkdfSync('sha256', OLD, 'nestjs-ants-otp', `${label}:default`, 32));
  const byKeyPair = (alg: 'RS256' | 'ES256'): string => {
    const input = `${encoded({ alg, typ: 'JWT', kid })}.${payload}`;
    const { privateKey } =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const bytes = signWith('sha256', Buffer.from(input), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${input}.${bytes.toString('base64url')}`;
  };

  it('is told from one that is made in the same way', () => {
    const made = [
      token,
      signed(),
      signed({}, derived('proof')),
      macked({ alg: 'HS256' }, claims, own),
    ];
    expect(made.map((proof) => verdict(proof, demand))).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it.each(Object.keys(claims).map((claim) => [claim]))('with another %s', (claim) => {
    const other = typeof claims[claim] === 'number' ? { [claim]: 9e9 } : { [claim]: 'other' };
    expect(verdict(tampered(other), demand)).toBe('proof_invalid');
  });

  it('with any letter of its signature changed', () => {
    const taken = Array.from(signature).flatMap((letter, i) =>
      Array.from(ALPHABET)
        .filter((other) => other !== letter)
        .map((other) => `${signature.slice(0, i)}${other}${signature.slice(i + 1)}`)
        .filter((other) => verdict(`${header}.${payload}.${other}`, demand) !== 'proof_invalid'),
    );
    expect(taken).toEqual([]);
  });

  it.each([
    ['without a signature', `${header}.${payload}.`],
    ['with half of its signature', token.slice(0, -22)],
    ...['none', 'None', 'NONE', '', 'hs256', 'HS384'].flatMap((alg) => [
      [`with alg "${alg}"`, `${encoded({ alg, typ: 'JWT', kid })}.${payload}.`],
      [`with alg "${alg}" and a right MAC`, macked({ alg }, claims, own)],
    ]),
    ['without alg', macked({ alg: undefined }, claims, own)],
    ['with HS512 and the same key', macked({ alg: 'HS512' }, claims, own, 'sha512')],
    ['with HS512 over an HS256 MAC', macked({ alg: 'HS512' }, claims, own)],
    ['with RS256 and the secret as the key', macked({ alg: 'RS256' }, claims, own)],
    ["with RS256 and the forger's own key", byKeyPair('RS256')],
    ["with ES256 and the forger's own key", byKeyPair('ES256')],
    ['with another key', signed({}, Buffer.alloc(32, 1))],
    ['with the secret itself', signed({}, Buffer.from(OLD))],
    ['with the key of tickets', signed({}, derived('ticket'))],
    ['with the key of webhook tokens', signed({}, derived('webhook'))],
    ['of another issuer', signed({ iss: 'somebody' })],
    ['for another audience', signed({ aud: 'shop' })],
    ['issued in the future', signed({ iat: START / 1000 + 31 })],
    ['that is not yet good', signed({ nbf: 9e9 })],
    ['without kid', macked({ alg: 'HS256', kid: undefined }, claims, own)],
    ['with an unknown kid', macked({ alg: 'HS256', kid: 'x' }, claims, own)],
    ['with a kid that is no text', macked({ alg: 'HS256', kid: {} }, claims, own)],
    ['with a condition that is not known', macked({ alg: 'HS256', crit: ['x'] }, claims, own)],
    ...['jti', 'iat', 'exp', 'purpose', 'mobile', 'iss', 'aud'].map((claim) => [
      `without ${claim}`,
      without(claim),
    ]),
    ['that is empty', ''],
    ['of dots', '..'],
    ['that is no JWT', 'garbage'],
    ['with a header that is no object', `${encoded(null)}.${payload}.${signature}`],
    ['with a cut payload', `${header}.${payload.slice(0, -4)}.${signature}`],
    ['that is too long', signed({ note: 'x'.repeat(4096) })],
  ] as [string, string][])('%s', (_, forged) => {
    expect(verdict(forged, demand)).toBe('proof_invalid');
  });

  it('of another instance', () => {
    expect(verdict(setUp({ instance: 'shop' }).issue())).toBe('proof_invalid');
  });

  it.each([
    ['of another proof', () => payloadOf(issue({ id: OTHER_ID }))['mobile']],
    [
      'of an OTP row',
      () => {
        const { keyId, sealed } = keys.seal(MOBILE, ID);
        return `${keyId}.${sealed.toString('base64url')}`;
      },
    ],
    ['in plain text', () => MOBILE],
  ])('with the number %s', (_, mobile) => {
    expect(verdict(signed({ mobile: mobile() }), demand)).toBe('proof_invalid');
  });
});

describe('the rotation of secrets', () => {
  const token = setUp().issue();

  it('keeps proofs of the old secret while it is in the ring', () => {
    const { proofs } = setUp({ secrets: [NEW, OLD] });
    expect(proofs.check(token, TRANSFER)).toMatchObject({ ok: true, facts: { mobile: MOBILE } });
  });

  it('refuses them once the old secret is dropped', () => {
    expect(setUp({ secrets: [NEW] }).verdict(token)).toBe('proof_invalid');
  });

  it('lets a machine of the deploy before check the new ones', () => {
    const fresh = setUp({ secrets: [NEW, OLD] }).issue();
    expect(setUp({ secrets: [OLD, NEW] }).verdict(fresh)).toBe('ok');
  });
});

describe('consume', () => {
  it('uses the verification up in the transaction it is given', async () => {
    const { proofs, store } = setUp();
    const manager = {} as QueryRunner;
    await proofs.consume(ID, manager);
    expect(store.calls).toEqual([[ID, 'default', manager]]);
  });

  it('refuses a second use', async () => {
    const { proofs } = setUp();
    await proofs.consume(ID);
    await expect(proofs.consume(ID)).rejects.toMatchObject({ code: 'proof_consumed', status: 401 });
  });

  it('refuses with the status of the options', async () => {
    const { proofs, store } = setUp({ refusalStatus: 403 });
    store.left = 0;
    await expect(proofs.consume(ID)).rejects.toMatchObject({ status: 403 });
  });
});
