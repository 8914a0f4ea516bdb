import type { FakeClock } from 'nestjs-ants-otp/testing';

/** Brings a clock that stands still to the time of the database, which the times of a proof are. */
export function catchUp(clock: FakeClock): void {
  clock.advance((Date.now() - clock.now()) / 1000);
}
