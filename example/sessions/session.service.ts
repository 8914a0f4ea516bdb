import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { User } from '../users/user.js';

interface Session {
  id: string;
  user: User;
  /** Epoch milliseconds. */
  endsAt: number;
  signedOut: boolean;
}

/** Seconds. */
export const SESSION_LIFETIME = 12 * 3600;

/**
 * The app's own sessions, one for each OTP. In memory: they end with the process, and another process has its
 * own. In a table the id of the OTP has a unique index, and a row that is signed out stays until it expires.
 */
@Injectable()
export class SessionService {
  private readonly byOtp = new Map<string, Session>();
  private readonly byId = new Map<string, Session>();

  /**
   * Starts the session of an OTP. A right code that is sent again gets the same session, also when the user
   * has signed out since: that login is over.
   *
   * @returns the id: 256 random bits, so that nobody can guess one
   */
  start(otpId: string, user: User): string {
    this.forgetExpired();
    const started = this.byOtp.get(otpId);
    if (started) return started.id;
    const id = randomBytes(32).toString('base64url');
    const session = { id, user, endsAt: this.now() + SESSION_LIFETIME * 1000, signedOut: false };
    this.byOtp.set(otpId, session);
    this.byId.set(id, session);
    return id;
  }

  userOf(id: string): User | undefined {
    const session = this.byId.get(id);
    return session && !session.signedOut && session.endsAt > this.now() ? session.user : undefined;
  }

  end(id: string): void {
    const session = this.byId.get(id);
    if (session) session.signedOut = true;
  }

  protected now(): number {
    return Date.now();
  }

  /** The module takes no code for right again after 10 s, which no session is shorter than. */
  private forgetExpired(): void {
    for (const [otpId, { id, endsAt }] of this.byOtp)
      if (endsAt <= this.now()) {
        this.byOtp.delete(otpId);
        this.byId.delete(id);
      }
  }
}
