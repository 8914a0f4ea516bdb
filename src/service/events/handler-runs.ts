import { Logger } from '@nestjs/common';
import { HANDLER_SECONDS, MAX_HANDLER_TRIES, retryDelay } from '../../domain/outbox.js';
import type { Clock } from '../../ports/clock.js';
import { LogEntry } from '../../ports/log-entry.js';
import type { OutboxStore, OwedEvent } from '../../ports/outbox-store.js';
import type { EventHandler } from './event-handlers.js';
import { eventIdOf, eventOf } from './otp-event.js';
import type { Alarms } from '../alarms.js';
import { messageOf } from '../message-of.js';

/** Events that one handler works on at once in this process; its database, mail or partner has limits too. */
const WIDTH = 10;

/** Runs handlers on claimed events and writes down how each try ended. Nothing here ever throws. */
export class HandlerRuns {
  private readonly logger = new Logger('OtpModule');
  private readonly running = new Map<OwedEvent, Promise<void>>();
  private givenUp = false;

  constructor(
    private readonly outbox: OutboxStore,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    /** Called after each try; `failed` tries come back. */
    private readonly ended: (failed: boolean) => void,
  ) {}

  /** How many more events a handler can take now. */
  free(name: string): number {
    let width = WIDTH;
    for (const { handler } of this.running.keys()) if (handler === name) width -= 1;
    return width;
  }

  start(handler: EventHandler, owed: OwedEvent): void {
    const run = this.run(handler, owed).then((failed) => {
      this.running.delete(owed);
      this.ended(failed);
    });
    this.running.set(owed, run);
  }

  get isIdle(): boolean {
    return this.running.size === 0;
  }

  /** Resolves when what is running now has ended. */
  async end(): Promise<void> {
    await Promise.all(this.running.values());
  }

  /** Gives what still runs back to other processes; how it ends here no longer counts. */
  async giveUp(): Promise<void> {
    this.givenUp = true;
    const rows = [...this.running.keys()];
    if (rows.length > 0) await this.outbox.release(rows);
  }

  private async run(handler: EventHandler, owed: OwedEvent): Promise<boolean> {
    const failure = await this.try(handler, owed);
    if (this.givenUp) return true;
    try {
      if (failure === null) await this.outbox.done(owed);
      else if (owed.attempts >= MAX_HANDLER_TRIES) await this.park(owed, failure);
      else await this.retry(owed, failure);
    } catch (error) {
      this.logger.warn(
        new LogEntry(
          `How handler "${owed.handler}" ended on event ${eventIdOf(owed)} could not be written down; it will run again: ${messageOf(error)}`,
          { event: 'event_handler_lost', ...factsOf(owed) },
        ),
      );
      return true;
    }
    return failure !== null;
  }

  /** One try; gives why it failed, or `null`. */
  private async try(handler: EventHandler, owed: OwedEvent): Promise<string | null> {
    // Its tries were spent by processes that died in it.
    if (owed.attempts > MAX_HANDLER_TRIES) return 'no process lived to the end of a try';
    // No version of the handler has wanted this type for long.
    if (!handler.types.includes(owed.type)) return null;
    const timer = new AbortController();
    const timeOut = this.clock.sleep(HANDLER_SECONDS * 1000, timer.signal).then(
      () => `no end after ${HANDLER_SECONDS} s`,
      () => null,
    );
    const call = async (): Promise<null> => {
      await handler.call(eventOf(owed));
      return null;
    };
    try {
      return await Promise.race([call(), timeOut]);
    } catch (error) {
      return messageOf(error);
    } finally {
      timer.abort();
    }
  }

  private async retry(owed: OwedEvent, failure: string): Promise<void> {
    const seconds = retryDelay(owed.attempts, Math.random());
    await this.outbox.retry(owed, seconds);
    this.logger.warn(
      new LogEntry(
        `Handler "${owed.handler}" failed on event ${eventIdOf(owed)} (${owed.type}), try ${owed.attempts} of ${MAX_HANDLER_TRIES}; again in ${Math.ceil(seconds)} s: ${failure}`,
        { event: 'event_handler_failed', ...factsOf(owed), attempt: owed.attempts, seconds },
      ),
    );
  }

  private async park(owed: OwedEvent, failure: string): Promise<void> {
    await this.outbox.park(owed);
    const eventId = eventIdOf(owed);
    this.alarms.raise({
      kind: 'event_parked',
      message: `handler "${owed.handler}" failed ${MAX_HANDLER_TRIES} times on event ${eventId} (${owed.type}) and is not called for it any more: ${failure}. When it is mended, call OtpOutbox.replay({ eventId: '${eventId}', handler: '${owed.handler}' }).`,
      facts: factsOf(owed),
    });
  }
}

const factsOf = (owed: OwedEvent): Record<'eventId' | 'handler' | 'type', string> => ({
  eventId: eventIdOf(owed),
  handler: owed.handler,
  type: owed.type,
});
