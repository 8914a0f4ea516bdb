import { Injectable } from '@nestjs/common';
import { OnOtpEvent } from 'nestjs-ants-otp';
import type { AnyOtpEvent } from 'nestjs-ants-otp';

/** A handler of every event that keeps what it got. */
@Injectable()
export class Heard {
  readonly events: AnyOtpEvent[] = [];

  @OnOtpEvent('*')
  on(event: AnyOtpEvent) {
    this.events.push(event);
  }
}
