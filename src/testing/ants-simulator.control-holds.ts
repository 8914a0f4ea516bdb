import type { AntsSimulator } from './ants-simulator.js';
import type { AntsCall } from './ants-simulator.account.js';

/** A held call as the control API shows it. */
export interface NamedHold {
  id: string;
  call: AntsCall;
  /** Its work is done and it waits. */
  arrived: boolean;
}

/** Holds by an id, for callers that cannot keep a promise. */
export class NamedHolds {
  readonly #holds = new Map<string, NamedHold & { release: () => void }>();
  #last = 0;

  add(simulator: AntsSimulator, call: AntsCall): NamedHold {
    const hold = simulator.hold(call);
    this.#last += 1;
    const release = (): void => {
      hold.release();
    };
    const held = { id: String(this.#last), call, arrived: false, release };
    void hold.arrived.then(() => {
      held.arrived = true;
    });
    this.#holds.set(held.id, held);
    return held;
  }

  get(id: string): NamedHold | undefined {
    return this.#holds.get(id);
  }

  /** Whether there was such a hold to let go. */
  release(id: string): boolean {
    this.#holds.get(id)?.release();
    return this.#holds.delete(id);
  }

  reset(): void {
    this.#holds.clear();
  }
}
