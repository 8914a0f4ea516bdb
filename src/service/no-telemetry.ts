import { Telemetry } from '../ports/telemetry.js';

/** For an app that did not ask for any. */
export class NoTelemetry extends Telemetry {
  work<T>(_: unknown, run: () => Promise<T>): Promise<T> {
    return run();
  }

  call<T>(_: unknown, make: (ended: () => void) => Promise<T>): Promise<T> {
    return make(() => undefined);
  }

  note(): void {
    // Nobody listens.
  }

  watch(): () => void {
    return () => undefined;
  }
}
