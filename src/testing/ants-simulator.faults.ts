import type { AntsCall } from './ants-simulator.account.js';
import type { AntsErrorCode } from './ants-simulator.answers.js';

/** What goes wrong with one call. */
export interface AntsFault {
  /** Refuses with this code instead of doing the work, in the shape that is set. */
  error?: AntsErrorCode;
  /** Answers this status instead of doing the work. @default 200, if `body` or `headers` is given */
  status?: number;
  /** Answers this instead of doing the work: text as it is, an object as JSON. */
  body?: string | object;
  /** Adds these headers to the answer given instead of doing the work. */
  headers?: Record<string, string>;
  /** Never answers: `true` does not work either, `after` does. The connection stays open until `stop()`. */
  hang?: true | 'after';
  /** Closes the connection without an answer, before or after the work. */
  drop?: 'before' | 'after';
  /** Works, sends the first half of the answer and closes the connection. */
  cut?: true;
  /** Milliseconds between the work and the answer, on top of the latency. */
  delayMs?: number;
}

/** A call stopped between its work and its answer. */
export interface AntsHold {
  /** Settles when the call has come and its work is done. */
  arrived: Promise<void>;
  /** Lets the call go on to its answer. */
  release(): void;
}

/** Whether the call leaves traces (an SMS, a spent attempt) under this fault. */
export function doesWork(fault: AntsFault): boolean {
  if (fault.hang) return fault.hang === 'after';
  return fault.drop ? fault.drop === 'after' : !replacesAnswer(fault);
}

function replacesAnswer({ error, status, body, headers }: AntsFault): boolean {
  return [error, status, body, headers].some((part) => part !== undefined);
}

/** The one-shot faults and holds that wait for calls, first come, first served. */
export class FaultQueue {
  readonly #faults: { call: AntsCall; fault: AntsFault }[] = [];
  readonly #holds: { call: AntsCall; pass: () => Promise<void> }[] = [];
  /** Lets each call go that waits at a hold. */
  readonly #exits = new Set<() => void>();

  add(call: AntsCall, fault: AntsFault, times: number): void {
    for (let i = 0; i < times; i += 1) this.#faults.push({ call, fault });
  }

  take(call: AntsCall): AntsFault | undefined {
    return takeFirst(this.#faults, call)?.fault;
  }

  hold(call: AntsCall): AntsHold {
    const arrival = gate();
    const exit = gate();
    this.#holds.push({
      call,
      pass: () => {
        this.#exits.add(exit.open);
        arrival.open();
        return exit.opened;
      },
    });
    return {
      arrived: arrival.opened,
      release: () => {
        this.#exits.delete(exit.open);
        exit.open();
      },
    };
  }

  /** Waits at the next hold of this call, if there is one. */
  async passHold(call: AntsCall): Promise<void> {
    await takeFirst(this.#holds, call)?.pass();
  }

  /** Forgets what waits for calls, and lets the calls go that wait: nobody is left to release them. */
  reset(): void {
    for (const open of this.#exits) open();
    this.#exits.clear();
    this.#faults.length = 0;
    this.#holds.length = 0;
  }
}

function takeFirst<T extends { call: AntsCall }>(queue: T[], call: AntsCall): T | undefined {
  const index = queue.findIndex((entry) => entry.call === call);
  return index < 0 ? undefined : queue.splice(index, 1)[0];
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
