import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

/** Enough for a function that takes 1 % of a second. */
const SAMPLE_US = 200;

/** A CPU profile of this process, from `startProfile` to `stopProfile`. */
export class CpuProfile {
  private readonly session = new Session();

  async start(): Promise<void> {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await this.session.post('Profiler.start');
  }

  async stop(): Promise<Profiler.Profile> {
    const { profile } = await this.session.post('Profiler.stop');
    this.session.disconnect();
    return profile;
  }
}
