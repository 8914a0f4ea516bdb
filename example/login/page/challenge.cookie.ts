import type { Visit } from './visit.js';

/** The OTP of this browser. The ticket is out of reach for scripts, as a session is. */
export interface HeldChallenge {
  id: string;
  ticket: string;
  /** As it was typed, so that it need not be typed again. */
  mobile: string;
}

const NAME = 'otp';
/** Seconds: no OTP lives longer than ten minutes. */
const LIFETIME = 900;

export function holdChallenge(visit: Visit, { id, ticket, mobile }: HeldChallenge): void {
  visit.keep(NAME, [id, ticket, mobile].join(' '), LIFETIME);
}

export function heldChallenge(visit: Visit): HeldChallenge | undefined {
  const [id, ticket, ...mobile] = visit.cookie(NAME)?.split(' ') ?? [];
  return id && ticket ? { id, ticket, mobile: mobile.join(' ') } : undefined;
}

export function dropChallenge(visit: Visit): void {
  visit.forget(NAME);
}
