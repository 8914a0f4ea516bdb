import { Injectable } from '@nestjs/common';
import type { OtpEventType } from '../../domain/otp.js';
import { readGiven } from '../../domain/read-given.js';
import { isStorable } from '../../domain/text.js';
import { OtpSettings } from '../../options/otp.settings.js';
import { EventHerald } from '../../ports/event-herald.js';
import { OutboxStore } from '../../ports/outbox-store.js';
import type { ParkedQuery } from '../../ports/outbox-store.js';
import { isOtpId } from '../holders.js';
import { eventIdOf } from './otp-event.js';
import { orUnavailable } from '../otp-faults.js';
import { OtpException } from '../otp.exception.js';

/** A list for people; more than this is a fault that a replay by handler mends. */
const LIST_LIMIT = 100;

/** An event that a handler failed 12 times. */
export interface ParkedEvent {
  /** `<otpId>:<no>` */
  eventId: string;
  handler: string;
  type: OtpEventType;
  at: Date;
  tries: number;
  parkedAt: Date;
}

/** Which parked events; what is left out means all. */
export interface OtpReplay {
  handler?: string;
  /** As in the alarm and in `parked()`. */
  eventId?: string;
}

/**
 * Events that handlers failed too often: to see them, and to try again when the fault is mended.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpOutbox {
  constructor(
    private readonly store: OutboxStore,
    private readonly settings: OtpSettings,
    private readonly herald: EventHerald,
  ) {}

  /** The oldest 100 parked events. @throws OtpException `unavailable` */
  parked(): Promise<ParkedEvent[]> {
    return orUnavailable(async () => {
      const rows = await this.store.parked(this.settings.instance, LIST_LIMIT);
      return rows.map((row) => {
        const { handler, type, at, attempts: tries, parkedAt } = row;
        return { eventId: eventIdOf(row), handler, type, at, tries, parkedAt };
      });
    });
  }

  /**
   * Gives parked events to their handlers again, with all their tries. They come late: later events of
   * the same OTP may have been handled meanwhile.
   *
   * @returns how many events (one per handler)
   * @throws OtpException `invalid_request` for anything but a handler's name or an event id, `unavailable`
   */
  replay(which: OtpReplay = {}): Promise<number> {
    return orUnavailable(async () => {
      const { handler, eventId } = readReplay(which);
      const query = { handler, ...(eventId !== undefined && eventOf(eventId)) };
      const count = await this.store.replay(this.settings.instance, query);
      if (count > 0) this.herald.nudge();
      return count;
    });
  }
}

function readReplay(which: unknown): OtpReplay {
  const read = readGiven(which, ({ handler, eventId }: OtpReplay) => ({ handler, eventId }));
  if (read && isTextOrNone(read.handler) && isTextOrNone(read.eventId)) return read;
  throw new OtpException({
    code: 'invalid_request',
    detail: 'A replay takes { handler, eventId }, each a text or left out.',
  });
}

const isTextOrNone = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && isStorable(value));

function eventOf(eventId: string): ParkedQuery {
  const [otpId = '', no = '', ...more] = eventId.split(':');
  if (!isOtpId(otpId) || !/^[1-9]\d{0,8}$/.test(no) || more.length > 0)
    throw new OtpException({
      code: 'invalid_request',
      detail: 'An event id is the id of the OTP, a colon and the number of the event.',
    });
  return { otpId, eventNo: Number(no) };
}
