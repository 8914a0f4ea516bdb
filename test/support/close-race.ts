import { setTimeout as sleep } from 'node:timers/promises';

/** No side waits longer: the other one has surely come to its end by then. */
const LONGEST_MS = 2_000;

/**
 * A race of two calls that each side wins on any machine: who has won starts later the next time, by
 * steps that double while the same side goes on winning. So the runs soon stand where nobody can say
 * who will win, and stay there.
 */
export class CloseRace<Side extends string> {
  /** How often each side has won. */
  readonly wins: Record<Side, number>;
  /** By how many ms the first side starts before the second. */
  private ahead = 0;
  private step = 1;
  private last: Side | undefined;

  constructor(
    private readonly first: Side,
    private readonly second: Side,
  ) {
    this.wins = { [first]: 0, [second]: 0 } as Record<Side, number>;
  }

  /** By how many ms this side starts before the other; below 0, after it. */
  lead(side: Side): number {
    return side === this.first ? this.ahead : -this.ahead;
  }

  /** Makes this side's call when it is its turn; both are begun at once. */
  async start<T>(side: Side, call: () => Promise<T>): Promise<T> {
    const wait = -this.lead(side);
    if (wait > 0) await sleep(wait);
    return call();
  }

  /** @throws Error for an end that is neither of the two */
  won(end: string): void {
    if (end !== this.first && end !== this.second)
      throw new Error(`The race ends in ${this.first} or ${this.second}, not in ${end}.`);
    const winner = end as Side;
    this.wins[winner] += 1;
    this.step = winner === this.last ? this.step * 2 : Math.max(1, Math.floor(this.step / 4));
    this.last = winner;
    const moved = this.ahead + (winner === this.first ? -this.step : this.step);
    this.ahead = Math.min(LONGEST_MS, Math.max(-LONGEST_MS, moved));
  }

  /** Sides that have never won. */
  get losers(): Side[] {
    return [this.first, this.second].filter((side) => this.wins[side] === 0);
  }
}
