import { Injectable } from '@nestjs/common';
import type { AntsSimulator, SentSms } from 'nestjs-ants-otp/testing';

/** How many messages fit on the screen. */
const SHOWN = 3;

/** The phone of the visitor, as long as ANTS is simulated. */
@Injectable()
export class PhoneService {
  private simulator?: AntsSimulator;
  /** The messageIds of what has reached the phone. */
  private readonly arrived = new Set<string>();

  /** From now on the phone gets the SMS of this simulator. Never with the real ANTS: there is no inbox to show. */
  connect(simulator: AntsSimulator): void {
    this.simulator = simulator;
  }

  get isConnected(): boolean {
    return this.simulator !== undefined;
  }

  /**
   * The SMS of one OTP that have arrived, oldest first. They are found by the OTP's own reference: by a
   * number every visitor could read everybody's codes.
   */
  messages(callbackData: string, newestHasArrived: boolean): SentSms[] {
    const all = (this.simulator?.inbox ?? []).filter((sms) => sms.callbackData === callbackData);
    const newest = all.at(-1);
    if (newest && newestHasArrived) this.arrived.add(newest.messageId);
    return all.filter(({ messageId }) => this.arrived.has(messageId)).slice(-SHOWN);
  }
}
