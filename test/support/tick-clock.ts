import { FakeClock } from 'nestjs-ants-otp/testing';

/** A clock whose sleepers a test can wait for, so that it never moves time before they lie down. */
export class TickClock extends FakeClock {
  private readonly naps: { ms: number; at: number }[] = [];
  private readonly waiting: { ms: number; wake: () => void }[] = [];

  /** Naps that nobody has ended. */
  asleep(ms: number): number {
    return this.naps.filter((nap) => nap.ms === ms).length;
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const nap = { ms, at: this.now() + ms };
    const sleeping = super.sleep(ms, signal);
    this.naps.push(nap);
    for (const { wake } of this.waiting.filter((one) => one.ms === ms)) wake();
    try {
      await sleeping;
    } finally {
      const place = this.naps.indexOf(nap);
      if (place >= 0) this.naps.splice(place, 1);
    }
  }

  override advance(seconds: number): void {
    super.advance(seconds);
    const left = this.naps.filter(({ at }) => at > this.now());
    this.naps.splice(0, this.naps.length, ...left);
  }

  /** Resolves once somebody sleeps this long. */
  async nap(ms: number): Promise<void> {
    while (this.asleep(ms) === 0)
      await new Promise<void>((resolve) => {
        const entry = { ms, wake: resolve };
        this.waiting.push(entry);
      });
  }

  /** Lets time pass for those who sleep `ms`, and waits until they sleep again. */
  async tick(ms: number): Promise<void> {
    await this.nap(ms);
    this.advance(ms / 1000);
    await this.nap(ms);
  }
}
