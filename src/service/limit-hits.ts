import { Injectable } from '@nestjs/common';
import type { OtpErrorCode } from '../domain/errors.js';
import type { LimitKind, StopKind } from '../domain/limits.js';
import type { LimitHits as Counted } from '../ports/console-store.js';
import { isOtpException } from './otp.exception.js';

/** Refusals of an OTP's own rules; those of limits of sends are told by their kind. */
const OWN_RULES: readonly OtpErrorCode[] = ['cooldown', 'locked', 'max_sends_reached'];

/**
 * How often limits spoke in this process since they were last written down: a refused ask leaves no row, and it must not
 * cost a statement. The names are those of the code and the options, so there are few.
 */
@Injectable()
export class LimitHits {
  private counts = new Map<string, Counted>();

  note(limit: LimitKind | StopKind, enforced: boolean): void {
    this.add({ name: limit, refused: enforced ? 1 : 0, watched: enforced ? 0 : 1 });
  }

  /** @param error what a use case has thrown */
  tell(error: unknown): void {
    if (isOtpException(error) && OWN_RULES.includes(error.code))
      this.add({ name: error.code, refused: 1, watched: 0 });
  }

  add({ name, refused, watched }: Counted): void {
    const before = this.counts.get(name);
    this.counts.set(name, {
      name,
      refused: refused + (before?.refused ?? 0),
      watched: watched + (before?.watched ?? 0),
    });
  }

  /** Gives what was counted, and begins anew. */
  take(): Counted[] {
    const taken = [...this.counts.values()];
    this.counts = new Map();
    return taken;
  }
}
