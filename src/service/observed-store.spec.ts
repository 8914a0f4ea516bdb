import { describe, expect, it } from '@jest/globals';
import type { OtpStore } from '../ports/otp-store.js';
import { Telemetry } from '../ports/telemetry.js';
import type { TelemetryFact } from '../ports/telemetry.js';
import { NoTelemetry } from './no-telemetry.js';
import { observedStore } from './observed-store.js';

class KeptFacts extends Telemetry {
  readonly facts: TelemetryFact[] = [];
  readonly works: string[] = [];

  work<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.works.push(name);
    return run();
  }

  call(): never {
    throw new Error('A store calls nobody.');
  }

  note(fact: TelemetryFact): void {
    this.facts.push(fact);
  }

  watch(): () => void {
    return () => undefined;
  }
}

const stored = (methods: object): OtpStore => methods as OtpStore;

describe('a store', () => {
  it('is itself when nobody measures', () => {
    const store = stored({});
    expect(observedStore(store, new NoTelemetry())).toBe(store);
  });

  it('fails as without telemetry, and counts nothing', async () => {
    const telemetry = new KeptFacts();
    const sweep = () => Promise.reject(new Error('the database is away'));
    await expect(observedStore(stored({ sweep }), telemetry).sweep(1)).rejects.toThrow('away');
    expect([telemetry.works, telemetry.facts]).toEqual([['sweep'], []]);
  });

  it('leaves alone what is only read', () => {
    const find = () => Promise.resolve([]);
    expect(observedStore(stored({ find }), new KeptFacts())).toHaveProperty('find', find);
  });
});
