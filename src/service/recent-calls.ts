import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import type { SendOutcome } from '../ports/otp-provider.js';

/** The calls to ANTS that a decoy has to look like. */
export type Call = 'send' | 'resend' | 'verify';

/** What a call came to that would have met any other call as well. */
export type Trouble = Exclude<SendOutcome, { kind: 'sent' }>;

/** So many of each are remembered: enough to look alike, few enough to follow a slow hour. */
const KEPT = 50;
/** Until a first one is known: about half a second, half as long to half as long again. Milliseconds. */
const FIRST_MS = 500;
/** Until a first one is known: nine letters and digits, as ANTS' own have been seen. */
const FIRST_REFERENCE = 'aB3aB3aB3';

const KINDS: readonly [RegExp, string][] = [
  [/[a-z]/, 'abcdefghijklmnopqrstuvwxyz'],
  [/[A-Z]/, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  [/[0-9]/, '0123456789'],
];
const ANY_LETTER = KINDS.map(([, letters]) => letters).join('');

/** A timer is late by a millisecond or two; more is a busy moment, which real calls feel as well. */
const MOST_LATENESS_MS = 5;
/** So many sleeps make the average. */
const LATENESS_SPAN = 20;

/** How long a call takes before any was seen; none where a test moves the clock. */
export class FirstDelay {
  constructor(readonly ms = FIRST_MS) {}
}

/** What this process' calls to ANTS looked like lately, so that a decoy can look the same. */
@Injectable()
export class RecentCalls {
  private readonly delays: Record<Call, number[]> = { send: [], resend: [], verify: [] };
  private readonly references: string[] = [];
  private readonly troubles = new Map<Call, Trouble>();
  private lateness = 0;

  constructor(
    private readonly clock: Clock,
    private readonly first: FirstDelay,
  ) {}

  /** ANTS served it, so it is there again; an account may still be refused for other calls. */
  note(call: Call, milliseconds: number): void {
    keep(this.delays[call], milliseconds);
    this.troubles.delete(call);
    for (const [other, { kind }] of this.troubles)
      if (kind !== 'refused') this.troubles.delete(other);
  }

  /** Until the next one that ANTS serves. */
  noteTrouble(call: Call, trouble: Trouble): void {
    const met: readonly Call[] = trouble.kind === 'refused' ? [call] : ['send', 'resend', 'verify'];
    for (const each of met) this.troubles.set(each, trouble);
  }

  /** What the call would come to now if ANTS were asked; `undefined` when it would be served. */
  troubleLike(call: Call): Trouble | undefined {
    return this.troubles.get(call) ?? (call === 'resend' ? this.troubles.get('send') : undefined);
  }

  noteReference(reference: string): void {
    keep(this.references, reference);
  }

  /** Takes as long as one of the calls. */
  async waitLike(call: Call): Promise<void> {
    // A resend is a send to ANTS; few apps see many of them.
    const like = this.delays[call].length === 0 && call === 'resend' ? 'send' : call;
    const ms = anyOf(this.delays[like]) ?? (this.first.ms * (50 + randomInt(101))) / 100;
    if (ms > 0) await this.sleep(ms);
  }

  /** A timer fires late, by about as much each time; what the last ones were late is taken off. */
  private async sleep(ms: number): Promise<void> {
    const begun = this.clock.now();
    await this.clock.sleep(Math.max(0, ms - this.lateness));
    const late = this.clock.now() - begun - ms;
    this.lateness = Math.min(MOST_LATENESS_MS, Math.max(0, this.lateness + late / LATENESS_SPAN));
  }

  /** As long as one of them, of the kinds of letters that they are made of. */
  referenceLike(): string {
    const like = anyOf(this.references) ?? FIRST_REFERENCE;
    const seen = [...this.references, like].join('');
    const kinds = KINDS.filter(([kind]) => kind.test(seen)).map(([, letters]) => letters);
    const alphabet = kinds.join('') || ANY_LETTER;
    return Array.from(like, () => alphabet[randomInt(alphabet.length)]).join('');
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.shift();
}

const anyOf = <T>(list: readonly T[]): T | undefined =>
  list.length === 0 ? undefined : list[randomInt(list.length)];
