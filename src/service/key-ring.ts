import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import { parse as parseUuid } from 'uuid';
import type { LimitKind, StopKind } from '../domain/limits.js';
import { plainJson } from '../domain/binding.js';
import type { OtpSettings } from '../options/otp.settings.js';

/**
 * 128 bits: the length of every MAC. RFC 6749, 10.10 asks for at least that of tickets and webhook tokens; RFC 2104, 5
 * lets a MAC be cut to half of its hash. A look-up MAC stands in each row several times and in its indexes.
 */
const MAC_BYTES = 16;
/** An id and a MAC, 16 bytes each, in base64url. */
export const WEBHOOK_TOKEN_LENGTH = 43;
/** Where a uuid writes its version. */
const VERSION_AT = 14;
/** OTPs are of version 7; 8 is free for uses of one's own (RFC 9562, 5.8). */
const PROBE_VERSION = '8';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** One secret of the ring, with a key of its own per use. */
interface Key {
  id: string;
  ticket: Buffer;
  webhook: Buffer;
  seal: Buffer;
  proof: Buffer;
}

/**
 * Every key of an instance, derived by HKDF (RFC 5869) with a label per use, and everything made
 * with them. The first secret signs and seals, all of them verify and open. Look-up MACs come from
 * `lookupSecret`, which does not rotate.
 *
 * Once it was changed, a look-up MAC is a chain: the oldest secret's MAC of the value, then the next
 * one's MAC of that, to the newest. So what was stored goes one link further without the value.
 */
export class KeyRing {
  // True private fields: no inspection of an object that holds this one shows a key.
  readonly #keys: readonly [Key, ...Key[]];
  readonly #lookupKey: Buffer;
  /** One a link of the chain, after the first. */
  readonly #links: readonly Buffer[];
  /** Names the whole chain in the rows whose MACs it made. */
  readonly lookupId: string;
  /** What `lookupId` was before each change, the oldest first. */
  readonly formerLookupIds: readonly string[];

  constructor(
    private readonly settings: Pick<
      OtpSettings,
      'secrets' | 'lookupSecret' | 'formerLookupSecrets' | 'instance'
    >,
  ) {
    const [first, ...older] = settings.secrets.map((secret) => this.keyFrom(secret));
    if (!first) throw new Error('A key ring needs at least one secret.');
    this.#keys = [first, ...older];
    const chain = [...settings.formerLookupSecrets, settings.lookupSecret];
    const [oldest, ...later] = chain as [string, ...string[]];
    this.#lookupKey = this.derive(oldest, 'lookup');
    this.#links = later.map((secret) => this.derive(secret, 'lookup link'));
    const ids = [this.keyId(oldest, 'lookup id')];
    for (const secret of later) ids.push(this.keyId(secret, `lookup id after ${ids.at(-1) ?? ''}`));
    this.lookupId = ids.at(-1) ?? '';
    this.formerLookupIds = ids.slice(0, -1);
  }

  get current(): { id: string; proof: Buffer } {
    return this.#keys[0];
  }

  /** The proof key of this id, or `null` for an id that is not (or no longer) in the ring. */
  proofKey(id: string): Buffer | null {
    return this.#keys.find((key) => key.id === id)?.proof ?? null;
  }

  /** What the asker of an OTP holds: nothing is stored, the same id always gives the same ticket. */
  ticket(otpId: string): string {
    return mac(this.#keys[0].ticket, otpId).toString('base64url');
  }

  holdsTicket(otpId: string, ticket: string): boolean {
    const given = fromBase64url(ticket);
    return given !== null && this.#keys.some((key) => sameMac(mac(key.ticket, otpId), given));
  }

  /** One path segment that names an OTP and cannot be guessed: 43 characters. */
  webhookToken(otpId: string): string {
    const id = Buffer.from(parseUuid(otpId));
    return Buffer.concat([id, mac(this.#keys[0].webhook, otpId)]).toString('base64url');
  }

  /**
   * The OTP a webhook token names, or `null` for a token we did not make. Every text of the right form
   * costs the same work, so that time tells nothing; a MAC that fits is over an id that we made.
   */
  openWebhookToken(token: string): string | null {
    const bytes = token.length === WEBHOOK_TOKEN_LENGTH ? fromBase64url(token) : null;
    if (!bytes) return null;
    const otpId = uuidFrom(bytes.subarray(0, 16));
    const given = bytes.subarray(16);
    return this.#keys.some((key) => sameMac(mac(key.webhook, otpId), given)) ? otpId : null;
  }

  /**
   * A token that is good and names no OTP: whoever pushes it learns that this app is behind the address.
   *
   * @param id a fresh uuid v7
   */
  probeToken(id: string): string {
    return this.webhookToken(id.slice(0, VERSION_AT) + PROBE_VERSION + id.slice(VERSION_AT + 1));
  }

  /** Seals a text (AES-256-GCM, random nonce); it opens only under the same context. */
  seal(text: string, context: string): { keyId: string; sealed: Buffer } {
    const { id, seal } = this.#keys[0];
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', seal, nonce).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return { keyId: id, sealed: Buffer.concat([nonce, body, cipher.getAuthTag()]) };
  }

  /** @throws Error when the key left the ring, or the bytes or their context were changed */
  open(keyId: string, sealed: Buffer, context: string): string {
    const key = this.#keys.find(({ id }) => id === keyId);
    if (!key)
      throw new Error(
        `Key ${keyId} is not in the ring: keep old secrets until all rows are resealed.`,
      );
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.seal, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
    return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
  }

  /** Finds a number without knowing it. */
  mobileMac(e164: string): Buffer {
    return this.lookupMac('mobile', e164);
  }

  /** The same under the newest chain and each former one, the newest first. */
  mobileMacs(e164: string): Buffer[] {
    return this.lookupMacs('mobile', e164);
  }

  ipMac(ip: string): Buffer {
    return this.lookupMac('ip', ip);
  }

  /** The row of a limit: its kind, and whom it counts without naming them. */
  limitKey(kind: LimitKind, value: string): string {
    return `${kind}:${this.limitMac(kind, value)}`;
  }

  /** Whom a row of a kind is about, in hex. */
  limitMac(kind: LimitKind | StopKind, value: string): string {
    return this.lookupMac(`limit ${kind}`, value).toString('hex');
  }

  /** Recognises a code that was tried before; bound to its OTP. */
  codeMac(otpId: string, code: string): Buffer {
    return this.lookupMac('code', `${otpId}:${code}`);
  }

  /**
   * What was shown to the user, as canonical JSON (RFC 8785): 100 and "100" differ.
   *
   * @throws TypeError when the binding is not plain JSON
   */
  bindingMac(binding: unknown): Buffer {
    return this.lookupMac('binding', canonicalize(plainJson(binding)));
  }

  /** The same under the newest chain and each former one. @throws TypeError as above */
  bindingMacs(binding: unknown): Buffer[] {
    return this.lookupMacs('binding', canonicalize(plainJson(binding)));
  }

  /** Of a report's text; keyed, because a report names the number. */
  reportMac(text: string): string {
    return this.lookupMac('report', text).toString('base64url');
  }

  /**
   * A look-up MAC (or an empty one) that the chain of this id made, as today's chain makes it.
   *
   * @throws Error for an id that is neither `lookupId` nor a former one
   */
  rekeyed(made: Buffer, lookupId: string): Buffer {
    const links = [...this.formerLookupIds, this.lookupId].indexOf(lookupId);
    if (links < 0) throw new Error(`Look-up key ${lookupId} is not among "formerLookupSecrets".`);
    return this.linked(made, links);
  }

  private lookupMac(label: string, value: string): Buffer {
    return this.linked(this.firstMac(label, value), 0);
  }

  /** The newest first. */
  private lookupMacs(label: string, value: string): Buffer[] {
    let made = this.firstMac(label, value);
    const macs = [made];
    for (const key of this.#links) {
      made = link(key, made);
      macs.unshift(made);
    }
    return macs;
  }

  private firstMac(label: string, value: string): Buffer {
    return mac(this.#lookupKey, `${label}:${value}`);
  }

  /** Takes a MAC that has gone through so many links through the rest of them. */
  private linked(begun: Buffer, links: number): Buffer {
    return this.#links.slice(links).reduce((made, key) => link(key, made), begun);
  }

  private keyFrom(secret: string): Key {
    return {
      id: this.keyId(secret, 'id'),
      ticket: this.derive(secret, 'ticket'),
      webhook: this.derive(secret, 'webhook'),
      seal: this.derive(secret, 'seal'),
      proof: this.derive(secret, 'proof'),
    };
  }

  private keyId(secret: string, label: string): string {
    return this.derive(secret, label).subarray(0, 6).toString('base64url');
  }

  private derive(secret: string, label: string): Buffer {
    const info = `${label}:${this.settings.instance}`;
    return Buffer.from(hkdfSync('sha256', secret, 'nestjs-ants-otp', info, 32));
  }
}

/** Whether a webhook token named no OTP, but was made to try the address. */
export const isProbe = (id: string): boolean => id[VERSION_AT] === PROBE_VERSION;

/** An empty MAC, which stands for several codes, stays empty. */
const link = (key: Buffer, made: Buffer): Buffer => mac(key, made).subarray(0, made.length);

const mac = (key: Buffer, of: string | Buffer): Buffer =>
  createHmac('sha256', key).update(of).digest().subarray(0, MAC_BYTES);

const sameMac = (made: Buffer, given: Buffer): boolean =>
  given.length === made.length && timingSafeEqual(made, given);

/** Decodes strictly: Node's decoder skips what it does not know, and two spellings would be one. */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** 16 bytes as a uuid is written; whether they are one is not asked. */
const uuidFrom = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
