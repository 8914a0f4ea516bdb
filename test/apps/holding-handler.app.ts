import { Injectable } from '@nestjs/common';
import { OnOtpEvent, type AnyOtpEvent } from 'nestjs-ants-otp';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';

/**
 * A process to be killed in the middle of a handler: writes one OTP into the database it is given,
 * prints the id of the event its handler got, and never comes back from it.
 */
@Injectable()
class Holding {
  @OnOtpEvent('*', { name: 'holding' })
  hold({ eventId }: AnyOtpEvent): Promise<never> {
    console.log(eventId);
    return new Promise(() => undefined);
  }
}

const url = process.argv[2] as string;
const database = { url, appUrl: url } as TestDatabase;
const simulator = new AntsSimulator({ reports: 'manual' });
await simulator.start();
const t = await bootApp({ database, simulator, providers: [Holding] });
await t.otps.request({ mobile: nextMobile() });
