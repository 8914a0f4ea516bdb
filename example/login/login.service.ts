import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OtpService } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { SessionService } from '../sessions/session.service.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';

const PURPOSE = 'login';

interface Ask {
  mobile: string;
  ip: string;
  /** Equal for the repeats of one ask, such as a double click: they get the same code. */
  idempotencyKey?: string;
}

/** Sign in, and up, by mobile number. Every refusal is an `OtpException` that answers by itself. */
@Injectable()
export class LoginService {
  constructor(
    private readonly otps: OtpService,
    private readonly users: UsersService,
    private readonly sessions: SessionService,
  ) {}

  /** Sends a code. The answer's `id` and `ticket` belong to the browser that asked. */
  request(ask: Ask): Promise<OtpChallenge> {
    // The app's own reference: it goes to ANTS and comes back in reports, events and `status()`.
    return this.otps.request({ ...ask, purpose: PURPOSE, callbackData: `login-${randomUUID()}` });
  }

  resend(id: string, ticket: string): Promise<OtpChallenge> {
    return this.otps.resend(id, { ticket });
  }

  /**
   * Checks the code and starts the app's own session for the number that was proven. A repeat of the right
   * code, such as a double click, gets the same session.
   */
  async enter(id: string, ticket: string, code: string): Promise<{ user: User; session: string }> {
    const { mobile } = await this.otps.verify(id, code, { ticket, purpose: PURPOSE });
    const user = this.users.findOrCreate(mobile);
    return { user, session: this.sessions.start(id, user) };
  }
}
