import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { emptyComplaint, textComplaint } from '../domain/complaints.js';
import { networkOf } from '../domain/ip.js';
import { cooldownSteps } from '../domain/limits.js';
import { parseMobile } from '../domain/mobile.js';
import type { OtpChannel } from '../domain/otp.js';
import { readGiven } from '../domain/read-given.js';
import { isStorable } from '../domain/text.js';
import { CONTENT_TYPES, MAX_CALLBACK_DATA, notifyUrlProblem } from '../options/notify.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpAsk } from '../options/otp.options.js';
import { Clock } from '../ports/clock.js';
import type { SendRequest } from '../ports/otp-provider.js';
import type { ReserveRequest } from '../ports/otp-store.js';
import { WebhookAddress } from '../ports/webhook-address.js';
import { DEFAULT_PURPOSE } from './default-purpose.js';
import { KeyRing } from './key-ring.js';
import type { OtpRequest } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { isListed, SendKeys } from './send-keys.js';

/** Every field of a request: the compiler misses none. */
const FIELDS: Record<keyof OtpRequest, true> = {
  mobile: true,
  purpose: true,
  subject: true,
  binding: true,
  idempotencyKey: true,
  ip: true,
  context: true,
  otcId: true,
  notifyUrl: true,
  notifyContentType: true,
  callbackData: true,
};

const requestFields = (given: Partial<OtpRequest>): Partial<OtpRequest> =>
  Object.fromEntries(Object.keys(FIELDS).map((field) => [field, given[field as keyof OtpRequest]]));

/** A checked ask: the row it becomes and the call it makes. */
export interface Order {
  facts: OtpAsk;
  row: ReserveRequest;
  send: SendRequest;
}

/** Reads an ask: checks the whole of it before any I/O and fills in what it leaves to the options. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly webhook: WebhookAddress,
    private readonly clock: Clock,
    private readonly sendKeys: SendKeys,
  ) {}

  /** @throws OtpException `invalid_mobile`, `invalid_request` */
  read(given: OtpRequest): Order {
    const ask: Partial<OtpRequest> = readGiven(given, requestFields) ?? {};
    const mobile = typeof ask.mobile === 'string' ? parseMobile(ask.mobile) : null;
    if (!mobile) throw new OtpException({ code: 'invalid_mobile' });
    if (isListed(mobile.e164, this.settings.blockedNumbers))
      throw new OtpException({ code: 'number_rejected' });
    const purpose = ask.purpose ?? DEFAULT_PURPOSE;
    checkText('purpose', purpose, 64);
    checkText('subject', ask.subject, 200);
    checkText('idempotencyKey', ask.idempotencyKey, 200);
    checkText('otcId', ask.otcId, 100);
    if (ask.callbackData !== undefined)
      checkLength('callbackData', ask.callbackData, MAX_CALLBACK_DATA);
    if (ask.notifyUrl !== undefined) this.checkNotifyUrl(ask.notifyUrl);
    if (ask.context !== undefined) checkContext(ask.context);
    if (ask.notifyContentType !== undefined) checkContentType(ask.notifyContentType);
    const facts: OtpAsk = {
      mobile: mobile.e164,
      purpose,
      subject: ask.subject ?? null,
      ip: typeof ask.ip === 'string' && ask.ip !== '' ? ask.ip : null,
      context: ask.context ?? {},
    };
    const policy = this.settings.policy(purpose);
    const isTest = this.settings.testCode(mobile.e164, this.clock.now()) !== null;
    const channel: OtpChannel = isTest ? 'test' : 'provider';
    const id = uuidv7({ msecs: this.clock.now() });
    const { keyId, sealed } = this.keys.seal(mobile.e164, id);
    const ownNotifyUrl = ask.notifyUrl ?? policy.notifyUrl;
    const notifyUrl = ownNotifyUrl ?? this.webhook.notifyUrl(id) ?? undefined;
    const callbackData = ask.callbackData ?? policy.callbackData;
    const otcId = ask.otcId ?? policy.otcId;
    return {
      facts,
      row: {
        otp: {
          id,
          instance: this.settings.instance,
          purpose,
          subject: ask.subject ?? null,
          channel,
          keyId,
          lookupId: this.keys.lookupId,
          mobileMac: this.keys.mobileMac(mobile.e164),
          mobileSealed: sealed,
          mobileMask: mobile.mask,
          delivery: ownNotifyUrl ? 'external' : 'none',
          otcId,
          callbackData: callbackData ?? null,
          bindingMac: ask.binding === undefined ? null : this.bindingMac(ask.binding),
          maxAttempts: policy.maxAttempts,
          maxSends: policy.maxResends + 1,
          idempotencyKey: ask.idempotencyKey ?? null,
          ttlSeconds: policy.ttl,
          ipMac: facts.ip === null ? null : this.keys.ipMac(networkOf(facts.ip)),
          limitKeys: this.sendKeys.of(facts, channel),
        },
        replaces: null,
        cooldownSteps: cooldownSteps(channel, policy.cooldown),
        limits: this.settings.limitsOf(purpose),
        data: { mobile: mobile.mask, purpose, ...(isTest && { channel }) },
      },
      send: {
        otcId,
        mobile: mobile.wire,
        ...(notifyUrl !== undefined && {
          notifyUrl,
          notifyContentType: ask.notifyContentType ?? policy.notifyContentType,
        }),
        ...(callbackData !== undefined && { callbackData }),
      },
    };
  }

  private checkNotifyUrl(notifyUrl: string): void {
    const problem = notifyUrlProblem(notifyUrl, this.settings.notifyHosts);
    if (problem)
      throw new OtpException({ code: 'invalid_request', detail: `notifyUrl must be ${problem}.` });
  }

  private bindingMac(binding: unknown): Buffer {
    try {
      return this.keys.bindingMac(binding);
    } catch (cause) {
      throw new OtpException(
        { code: 'invalid_request', detail: 'binding must be plain JSON.' },
        { cause },
      );
    }
  }
}

function checkContext(value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new OtpException({ code: 'invalid_request', detail: 'context must be an object.' });
}

function checkContentType(value: unknown): void {
  if (!(CONTENT_TYPES as readonly unknown[]).includes(value))
    throw new OtpException({
      code: 'invalid_request',
      detail: `notifyContentType must be one of ${CONTENT_TYPES.join(', ')}.`,
    });
}

function checkText(field: string, value: unknown, max: number): void {
  if (value === undefined) return;
  if (value === '')
    throw new OtpException({ code: 'invalid_request', detail: emptyComplaint(field) });
  checkLength(field, value, max);
}

function checkLength(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value.length > max || !isStorable(value))
    throw new OtpException({ code: 'invalid_request', detail: textComplaint(field, max) });
}
