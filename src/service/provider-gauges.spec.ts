import { expect, it } from '@jest/globals';
import type { ProviderBalance } from './provider-balance.js';
import type { ProviderGate } from './provider-gate.js';
import { NoTelemetry } from './no-telemetry.js';
import { ProviderGauges } from './provider-gauges.js';

function watched(...hooks: ('onModuleInit' | 'beforeApplicationShutdown')[]): number {
  let count = 0;
  class Telemetry extends NoTelemetry {
    override watch(): () => void {
      count += 1;
      return () => (count -= 1);
    }
  }
  const gauges = new ProviderGauges(
    new Telemetry(),
    {} as unknown as ProviderGate,
    {} as unknown as ProviderBalance,
  );
  for (const hook of hooks) gauges[hook]();
  return count;
}

it('the gauges are read from the start of the app to its end', () => {
  expect(watched('onModuleInit')).toBe(1);
  expect(watched('onModuleInit', 'beforeApplicationShutdown')).toBe(0);
});

it('the gauges of an app that was closed while it started are never read', () => {
  expect(watched('beforeApplicationShutdown', 'onModuleInit')).toBe(0);
});
