import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { User } from '../users/user.js';

interface Session {
  user: User;
  /** Epoch milliseconds. */
  endsAt: number;
}

/** Seconds. */
export const SESSION_LIFETIME = 12 * 3600;

/** The app's own sessions. In memory: they end with the process, and another process has its own. */
@Injectable()
export class SessionService {
  private readonly sessions = new Map<string, Session>();

  /** @returns the id: 256 random bits, so that nobody can guess one */
  start(user: User): string {
    this.forgetEnded();
    const id = randomBytes(32).toString('base64url');
    this.sessions.set(id, { user, endsAt: Date.now() + SESSION_LIFETIME * 1000 });
    return id;
  }

  userOf(id: string): User | undefined {
    const session = this.sessions.get(id);
    return session && session.endsAt > Date.now() ? session.user : undefined;
  }

  end(id: string): void {
    this.sessions.delete(id);
  }

  private forgetEnded(): void {
    for (const [id, { endsAt }] of this.sessions)
      if (endsAt <= Date.now()) this.sessions.delete(id);
  }
}
