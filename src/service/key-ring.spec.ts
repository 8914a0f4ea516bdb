import { describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { KeyRing } from './key-ring.js';

const OLD = 'old-secret-'.padEnd(40, 'o');
const NEW = 'new-secret-'.padEnd(40, 'n');
const LOOKUP = 'lookup-secret-'.padEnd(40, 'l');
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER_ID = '01890a5d-ac96-774b-bcce-b302099a8058';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const ring = (secrets: string[] = [OLD], instance = 'default'): KeyRing =>
  new KeyRing({ secrets, lookupSecret: LOOKUP, formerLookupSecrets: [], instance });
/** The three deploys of a rotation, and the ring that forgot the old secret. */
const before = ring([OLD]);
const announced = ring([OLD, NEW]);
const rotated = ring([NEW, OLD]);
const dropped = ring([NEW]);

/** Every text that differs from `text` in one character. */
const tampered = (text: string): string[] =>
  Array.from(text).flatMap((own, i) =>
    Array.from(ALPHABET)
      .filter((other) => other !== own)
      .map((other) => text.slice(0, i) + other + text.slice(i + 1)),
  );

describe('a key ring', () => {
  it('needs a secret', () => {
    expect(() => ring([])).toThrow('at least one secret');
  });

  it('names its keys by ids that tell nothing of the secret', () => {
    expect(before.current.id).toMatch(/^[\w-]{8}$/);
    expect(before.current.id).toBe(ring([OLD]).current.id);
  });

  it.each([
    ['secret', dropped],
    ['instance', ring([OLD], 'shop')],
  ])('has other keys for another %s', (_, other) => {
    expect(other.current.id).not.toBe(before.current.id);
    expect(other.current.proof).not.toEqual(before.current.proof);
  });

  it('finds the proof key of every secret in it, and of no other', () => {
    const { id, proof } = before.current;
    expect([rotated.proofKey(id), dropped.proofKey(id)]).toEqual([proof, null]);
  });

  it('signs with the first secret', () => {
    expect(announced.current.id).toBe(before.current.id);
    expect(rotated.current.id).toBe(dropped.current.id);
  });
});

describe('tickets', () => {
  const ticket = before.ticket(ID);

  it('are 128 bits', () => {
    expect(ticket).toMatch(/^[\w-]{22}$/);
  });

  it('are the same for the same id', () => {
    expect(ring().ticket(ID)).toBe(ticket);
  });

  it('differ by id and by instance', () => {
    expect(new Set([ticket, before.ticket(OTHER_ID), ring([OLD], 'shop').ticket(ID)]).size).toBe(3);
  });

  it.each([
    ['the ring that made it', before, true],
    ['a ring whose first secret is new', rotated, true],
    ['a ring that dropped its secret', dropped, false],
    ['the ring of another instance', ring([OLD], 'shop'), false],
  ])('are checked by %s', (_, keys, held) => {
    expect(keys.holdsTicket(ID, ticket)).toBe(held);
  });

  it('made with the new secret are known before the new secret comes first', () => {
    expect(announced.holdsTicket(ID, rotated.ticket(ID))).toBe(true);
  });

  it.each([
    ['of another OTP', before.ticket(OTHER_ID)],
    ['that is empty', ''],
    ['that is cut', ticket.slice(0, -2)],
    ['that is too long', `${ticket}AAAA`],
    ['that is the webhook token', before.webhookToken(ID)],
  ])('refuse one %s', (_, given) => {
    expect(before.holdsTicket(ID, given)).toBe(false);
  });

  it('are refused with any one character changed', () => {
    expect(tampered(ticket).filter((given) => before.holdsTicket(ID, given))).toEqual([]);
  });
});

describe('webhook tokens', () => {
  const token = before.webhookToken(ID);

  it('are one path segment of 43 characters', () => {
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('name their OTP', () => {
    const ids = [ID, OTHER_ID, uuidv7()];
    expect(ids.map((id) => before.openWebhookToken(before.webhookToken(id)))).toEqual(ids);
  });

  it.each([
    ['a ring whose first secret is new', rotated, ID],
    ['a ring that dropped their secret', dropped, null],
    ['the ring of another instance', ring([OLD], 'shop'), null],
  ])('open with %s', (_, keys, id) => {
    expect(keys.openWebhookToken(token)).toBe(id);
  });

  it.each([
    ['nothing', ''],
    ['the bare id', ID],
    ['a cut token', token.slice(0, -1)],
    ['a longer token', `${token}A`],
    ['a padded token', `${token}=`],
    ['another alphabet', '+'.repeat(43)],
    ['bytes that are no uuid', '_'.repeat(43)],
    [
      'the id with its ticket',
      Buffer.concat([
        Buffer.from(ID.replaceAll('-', ''), 'hex'),
        Buffer.from(before.ticket(ID), 'base64url'),
      ]).toString('base64url'),
    ],
  ])('are not %s', (_, given) => {
    expect(before.openWebhookToken(given)).toBeNull();
  });

  it('are refused with any one character changed', () => {
    expect(tampered(token).filter((given) => before.openWebhookToken(given) !== null)).toEqual([]);
  });
});

describe('sealed texts', () => {
  const { keyId, sealed } = before.seal('+66812345678', ID);

  it('open again under the same context', () => {
    expect(before.open(keyId, sealed, ID)).toBe('+66812345678');
  });

  it.each(['', 'ก', 'x'.repeat(1000)])('keep every text: %j', (text) => {
    const box = before.seal(text, ID);
    expect(before.open(box.keyId, box.sealed, ID)).toBe(text);
  });

  it('do not open under another context', () => {
    expect(() => before.open(keyId, sealed, OTHER_ID)).toThrow();
  });

  it('do not open with any byte changed', () => {
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i]! ^= 1;
      expect(() => before.open(keyId, changed, ID)).toThrow();
    }
  });

  it('do not open when they are cut', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(() => before.open(keyId, sealed.subarray(0, length), ID)).toThrow();
  });

  it('look different each time', () => {
    expect(before.seal('+66812345678', ID).sealed).not.toEqual(sealed);
  });

  it('do not show the text', () => {
    expect(sealed.toString('latin1')).not.toContain('812345678');
  });

  it('open while their secret is in the ring', () => {
    expect(rotated.open(keyId, sealed, ID)).toBe('+66812345678');
  });

  it('say which key is missing once their secret was dropped', () => {
    expect(() => dropped.open(keyId, sealed, ID)).toThrow(`Key ${keyId} is not in the ring`);
  });
});

describe('look-up MACs', () => {
  const all = (keys: KeyRing): unknown[] => [
    keys.mobileMac('+66812345678'),
    keys.ipMac('192.0.2.1'),
    keys.codeMac(ID, '123456'),
    keys.bindingMac({ amount: 100 }),
    keys.reportMac('report'),
  ];

  it.each([
    ['announced', announced],
    ['put first', rotated],
    ['the only one', dropped],
  ])('stay the same when a new secret is %s', (_, keys) => {
    expect(all(keys)).toEqual(all(before));
  });

  it('change with the look-up secret', () => {
    const rekeyed = new KeyRing({
      secrets: [OLD],
      lookupSecret: NEW,
      formerLookupSecrets: [],
      instance: 'default',
    });
    expect(rekeyed.mobileMac('+66812345678')).not.toEqual(before.mobileMac('+66812345678'));
  });

  it('differ by instance', () => {
    const shop = ring([OLD], 'shop');
    expect(shop.mobileMac('+66812345678')).not.toEqual(before.mobileMac('+66812345678'));
  });

  it('differ by use', () => {
    expect(before.mobileMac('192.0.2.1')).not.toEqual(before.ipMac('192.0.2.1'));
  });

  it('of a code are bound to its OTP', () => {
    expect(before.codeMac(ID, '123456')).not.toEqual(before.codeMac(OTHER_ID, '123456'));
  });
});

describe('bindings', () => {
  const mac = (binding: unknown): string => before.bindingMac(binding).toString('hex');

  it('do not depend on the order of keys', () => {
    expect(mac({ to: 'A', amount: { value: 100, currency: 'THB' } })).toBe(
      mac({ amount: { currency: 'THB', value: 100 }, to: 'A' }),
    );
  });

  it.each([
    ['a number and its text', { amount: 100 }, { amount: '100' }],
    ['the order of a list', [1, 2], [2, 1]],
    ['null and a missing key', { note: null }, {}],
    ['nesting', { a: { b: 1 } }, { 'a.b': 1 }],
    ['letter case', { to: 'A' }, { to: 'a' }],
    ['null and its text', null, 'null'],
  ])('differ by %s', (_, a, b) => {
    expect(mac(a)).not.toBe(mac(b));
  });

  it('write equal numbers alike', () => {
    expect(mac({ amount: 1e2 })).toBe(mac({ amount: 100.0 }));
  });

  it.each([
    ['NaN', NaN],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map, which JSON writes as {}', new Map([['to', 'A']])],
    ['a Set, which JSON writes as {}', new Set(['A'])],
  ])('refuse %s', (_, binding) => {
    expect(() => before.bindingMac({ binding })).toThrow();
  });
});

describe('a change of the look-up secret', () => {
  const SECRETS = ['first', 'second', 'third'].map((name) => name.padEnd(40, '.'));
  const chain = (links: number, instance = 'default'): KeyRing =>
    new KeyRing({
      ...{ secrets: [OLD], instance },
      lookupSecret: SECRETS[links - 1]!,
      formerLookupSecrets: SECRETS.slice(0, links - 1),
    });
  const rings = [chain(1), chain(2), chain(3)];
  const newest = chain(3);
  const NUMBER = '+66812345678';

  it('makes the same MAC of a value as of the MAC that was stored before', () => {
    for (const ring of rings) {
      const { lookupId } = ring;
      const same = (stored: Buffer, made: Buffer): void => {
        expect(newest.rekeyed(stored, lookupId)).toEqual(made);
      };
      const short = (keys: KeyRing): Buffer => Buffer.from(keys.limitMac('block', NUMBER), 'hex');
      const report = (keys: KeyRing): Buffer => Buffer.from(keys.reportMac('report'), 'base64url');
      same(ring.mobileMac(NUMBER), newest.mobileMac(NUMBER));
      same(ring.ipMac('::1'), newest.ipMac('::1'));
      same(ring.codeMac(ID, '123456'), newest.codeMac(ID, '123456'));
      same(ring.bindingMac({ to: 'a' }), newest.bindingMac({ to: 'a' }));
      same(report(ring), report(newest));
      same(short(ring), short(newest));
      expect(short(ring)).toHaveLength(16);
    }
  });

  it('changes every MAC, and nothing that the other secrets make', () => {
    const macs = rings.map((keys) => keys.mobileMac(NUMBER).toString('hex'));
    expect(new Set(macs).size).toBe(3);
    expect(new Set(rings.map((keys) => keys.ticket(ID))).size).toBe(1);
    expect(new Set(rings.map((keys) => keys.current.id)).size).toBe(1);
  });

  it('names the chain as a whole', () => {
    expect(newest.formerLookupIds).toEqual([rings[0]!.lookupId, rings[1]!.lookupId]);
    const other = new KeyRing({
      ...{ secrets: [OLD], instance: 'default' },
      lookupSecret: SECRETS[2]!,
      formerLookupSecrets: [SECRETS[1]!, SECRETS[0]!],
    });
    const ids = [...newest.formerLookupIds, newest.lookupId, other.lookupId];
    expect(new Set([...ids, chain(3, 'shop').lookupId]).size).toBe(5);
  });

  it('keeps what was made before in reach, the newest first', () => {
    expect(newest.mobileMacs(NUMBER)).toEqual(
      [...rings].reverse().map((keys) => keys.mobileMac(NUMBER)),
    );
    expect(newest.bindingMacs(1)).toEqual([...rings].reverse().map((keys) => keys.bindingMac(1)));
    expect(rings[0]!.mobileMacs(NUMBER)).toEqual([rings[0]!.mobileMac(NUMBER)]);
  });

  it('leaves an empty MAC empty, and takes none of an unknown secret', () => {
    expect(newest.rekeyed(Buffer.alloc(0), rings[0]!.lookupId)).toHaveLength(0);
    expect(() => newest.rekeyed(Buffer.alloc(32), 'unknown')).toThrow('formerLookupSecrets');
    expect(() => rings[0]!.rekeyed(Buffer.alloc(32), newest.lookupId)).toThrow();
  });
});
