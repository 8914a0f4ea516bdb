import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { namesCode } from '../domain/ants-code.js';
import type { SendOutcome, VerifyOutcome } from '../ports/otp-provider.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import { Alarms } from './alarms.js';
import { Circuit } from './circuit.js';
import { KeyedQueue, QueueTimeout } from './keyed-queue.js';
import { OtpException } from './otp.exception.js';

/** Calls to ANTS at once, per account; more would only queue there. */
const MAX_IN_FLIGHT = 20;
/** Use cases that may wait for a slot, and for how long. */
const MAX_WAITING = 500;
const MAX_WAIT_MS = 2_000;
/** So many outages in a row open the circuit, for so long. */
const OUTAGES_TO_OPEN = 5;
const OPEN_MS = 15_000;
/** After "credit not enough" no SMS is tried for this long: it would only burn the user's patience. */
const NO_CREDIT_MS = 60_000;
/** A call that failed is logged this often at most. Milliseconds. */
const WARN_EVERY_MS = 60_000;
/** At shutdown, what runs may end: longer than a call takes by default. What is cut off later heals as after a crash. */
const DRAIN_MS = 12_000;

type Outcome = SendOutcome | VerifyOutcome;
type Refused = Extract<Outcome, { kind: 'refused' }>;

/** What an operator should know about the account. */
export interface ProviderHealth {
  circuit: 'closed' | 'open' | 'half-open';
  credit: 'ok' | 'out';
  /** `refused`: ANTS did not accept our credentials or the OTP configuration. */
  configuration: 'ok' | 'refused';
}

/**
 * Stands before ANTS, one per account. A use case enters before it has written anything: while the
 * circuit is open, the credit is out, every slot is taken or the app shuts down, it is refused and
 * leaves no trace.
 */
@Injectable()
export class ProviderGate implements BeforeApplicationShutdown {
  private readonly logger = new Logger('OtpModule');
  private readonly slots: KeyedQueue;
  private readonly circuit: Circuit;
  private readonly running = new Set<Promise<unknown>>();
  private closing = false;
  private noCreditUntil = 0;
  private warnedAt = -Infinity;
  private configuration: ProviderHealth['configuration'] = 'ok';

  constructor(
    private readonly clock: Clock,
    private readonly alarms: Alarms,
  ) {
    this.slots = new KeyedQueue(clock, { width: MAX_IN_FLIGHT, maxWaiting: MAX_WAITING });
    this.circuit = new Circuit(clock, OUTAGES_TO_OPEN, OPEN_MS);
  }

  get health(): ProviderHealth {
    return {
      circuit: this.circuit.state,
      credit: this.clock.now() < this.noCreditUntil ? 'out' : 'ok',
      configuration: this.configuration,
    };
  }

  /**
   * Runs a use case that is going to call ANTS.
   *
   * @throws OtpException `unavailable`, with nothing written
   */
  async enter<T>(purpose: 'send' | 'check', useCase: () => Promise<T>): Promise<T> {
    this.admit(purpose);
    try {
      return await this.slots.run('account', MAX_WAIT_MS, () => {
        // ANTS can have gone away, or the shutdown begun, while it stood in line.
        this.admit(purpose);
        return this.track(() => this.circuit.run(useCase));
      });
    } catch (error) {
      throw error instanceof QueueTimeout ? this.refusal(1) : error;
    }
  }

  /** Lets nobody in any more and waits for those inside, so that nothing stays leased. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running).then(() => {
        patience.abort();
      }),
      this.clock.sleep(DRAIN_MS, patience.signal).catch(() => undefined),
    ]);
  }

  private async track<T>(useCase: () => Promise<T>): Promise<T> {
    const run = useCase();
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  /** Makes the call itself; a circuit that opened meanwhile means that no byte has left. */
  async call<T extends Outcome>(make: () => Promise<T>): Promise<T | NotReached> {
    if (this.circuit.state === 'open')
      return { kind: 'not_reached', detail: 'The circuit to ANTS is open.' };
    const outcome = await make();
    this.notice(outcome);
    return outcome;
  }

  private admit(purpose: 'send' | 'check'): void {
    const { closing, noCreditUntil } = this;
    const now = this.clock.now();
    const until = this.circuit.closedUntil() ?? (purpose === 'send' ? noCreditUntil : now);
    if (closing) throw this.refusal(1);
    if (until > now) throw this.refusal(Math.max(1, Math.ceil((until - now) / 1000)));
  }

  private notice(outcome: Outcome): void {
    if (isOutage(outcome)) this.warn(outcome);
    const change = this.circuit.note(isOutage(outcome));
    if (change === 'closed')
      this.logger.log(new LogEntry('ANTS answers again.', { event: 'provider_back' }));
    if (change === 'opened')
      this.alarms.raise({
        kind: 'ants_away',
        message: 'ANTS does not answer; calls are stopped for 15 s.',
        facts: { seconds: OPEN_MS / 1000 },
      });
    if (outcome.kind === 'refused') this.alarm(outcome);
    else if (!isOutage(outcome)) this.configuration = 'ok';
  }

  private warn({ kind, detail }: Outage): void {
    const now = this.clock.now();
    if (now - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = now;
    this.logger.warn(
      new LogEntry(
        `A call to ANTS failed: ${detail} Check "baseUrl", "proxy" and the network; \`npx nestjs-ants-otp doctor\` tries the account.`,
        { event: 'provider_failed', outcome: kind },
      ),
    );
  }

  private alarm({ reason, detail, antsCode, unlistedCode }: Refused): void {
    const code = antsCode ?? unlistedCode ?? 'no code';
    if (reason === 'credit') {
      this.noCreditUntil = this.clock.now() + NO_CREDIT_MS;
      this.alarms.raise({
        kind: 'credit_out',
        message: `the credit at ANTS is out (${code}); sends stop for 60 s.`,
        facts: { antsCode, unlistedCode, seconds: NO_CREDIT_MS / 1000 },
      });
    } else if (reason === 'credentials' || reason === 'config') {
      this.configuration = 'refused';
      this.alarms.raise({
        kind: 'configuration_refused',
        message: `ANTS refuses our ${reason} (${code}): ${detail}`,
        facts: { reason, antsCode, unlistedCode },
      });
    } else if (reason === 'request' || reason === 'too_often')
      this.logger.warn(
        new LogEntry(`ANTS refused a call (${reason}, ${code}): ${detail}`, {
          ...{ event: 'provider_refused', reason, antsCode, unlistedCode },
        }),
      );
  }

  private refusal(retryAfter: number): OtpException {
    return new OtpException({ code: 'unavailable', retryAfter });
  }
}

interface NotReached {
  kind: 'not_reached';
  detail: string;
}

type Outage = Extract<Outcome, { kind: 'not_reached' | 'unknown' }>;

const isOutage = (outcome: Outcome): outcome is Outage =>
  outcome.kind === 'not_reached' || (outcome.kind === 'unknown' && !namesCode(outcome));
