import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SESSION_LIFETIME, SessionService } from '../../example/sessions/session.service.js';

class Sessions extends SessionService {
  time = 0;

  protected override now(): number {
    return this.time;
  }
}

describe('the sessions of the example', () => {
  const user = { id: randomUUID(), mobile: '+66812345678' };

  it('are one for each OTP', () => {
    const sessions = new Sessions();
    const first = sessions.start('one', user);
    expect(sessions.start('one', user)).toBe(first);
    expect(sessions.start('two', user)).not.toBe(first);
    expect(sessions.userOf(first)).toBe(user);
  });

  it('stay ended when the code of one is repeated after the sign-out', () => {
    const sessions = new Sessions();
    const session = sessions.start('one', user);
    const other = sessions.start('two', user);
    sessions.end(session);
    expect(sessions.start('one', user)).toBe(session);
    expect(sessions.userOf(session)).toBeUndefined();
    expect(sessions.userOf(other)).toBe(user);
  });

  it('end with their lifetime, which a repeat does not prolong', () => {
    const sessions = new Sessions();
    const session = sessions.start('one', user);
    sessions.time = SESSION_LIFETIME * 1000 - 1;
    expect(sessions.start('one', user)).toBe(session);
    expect(sessions.userOf(session)).toBe(user);
    sessions.time += 1;
    expect(sessions.userOf(session)).toBeUndefined();
  });

  it('are forgotten once they have expired, the ended ones too', () => {
    const sessions = new Sessions();
    for (const otp of ['one', 'two']) sessions.end(sessions.start(otp, user));
    sessions.time = SESSION_LIFETIME * 1000;
    sessions.start('three', user);
    const maps = Object.values(sessions).filter((value) => value instanceof Map);
    expect(maps.map(({ size }: Map<unknown, unknown>) => size)).toEqual([1, 1]);
  });

  it('know no session of another id', () => {
    const sessions = new Sessions();
    sessions.end('nonsense');
    expect(sessions.userOf('nonsense')).toBeUndefined();
  });
});
