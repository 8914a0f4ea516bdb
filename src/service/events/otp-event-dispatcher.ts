import { Injectable, Logger } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnModuleInit,
} from '@nestjs/common';
import { FORGET_HANDLER_SECONDS, HANDLER_LEASE_SECONDS } from '../../domain/outbox.js';
import { OtpSettings } from '../../options/otp.settings.js';
import { Clock } from '../../ports/clock.js';
import { EventHerald } from '../../ports/event-herald.js';
import { LogEntry } from '../../ports/log-entry.js';
import { OutboxStore } from '../../ports/outbox-store.js';
import type { OutboxHandler } from '../../ports/outbox-store.js';
import { EventHandlers } from './event-handlers.js';
import type { EventHandler } from './event-handlers.js';
import { HandlerRuns } from './handler-runs.js';
import { WakeUp } from './wake-up.js';
import { Alarms } from '../alarms.js';
import { messageOf } from '../message-of.js';

/** While something is open: another process may have died with it, or its wait may be over. */
const POLL_MS = 1_000;
/** At most between two looks without a nudge; a shorter sweep interval shortens it. */
const IDLE_MS = 30_000;
/** A transaction of the app's that is open longer than this is found by the idle look. */
const EXPECT_MS = 30_000;
const FORGET_EVERY_MS = 3_600_000;
/** As long as the rest of the module waits for its own calls; then the events go to other processes. */
const SHUTDOWN_WAIT_MS = 12_000;

/**
 * Calls the app's handlers with what they are owed. It looks when it is nudged, each second while
 * something is open, and once in a while for what other processes left. Without handlers it does
 * nothing at all.
 */
@Injectable()
export class OtpEventDispatcher
  extends EventHerald
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger('OtpModule');
  private readonly wakeUp: WakeUp;
  private readonly runs: HandlerRuns;
  private handlers = new Map<string, EventHandler>();
  private loop: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;
  private looking = false;
  private stopping = false;
  private failing = false;
  private open = false;
  private checkedAt = 0;
  private forgotAt = -Infinity;
  private expectUntil = -Infinity;

  constructor(
    private readonly found: EventHandlers,
    private readonly outbox: OutboxStore,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
    alarms: Alarms,
  ) {
    super();
    this.wakeUp = new WakeUp(clock);
    this.runs = new HandlerRuns(outbox, clock, alarms, (failed) => {
      if (failed || this.open) this.wakeUp.ring();
    });
  }

  /** Before any hook of the app can write an event: what is not registered is not owed. */
  async onModuleInit(): Promise<void> {
    this.handlers = new Map(this.found.find().map((handler) => [handler.name, handler]));
    if (this.handlers.size === 0) return;
    await this.outbox.register(this.settings.instance, this.list());
    this.checkedAt = this.clock.now();
  }

  onApplicationBootstrap(): void {
    // An app can be closed while it still starts.
    if (this.handlers.size > 0 && !this.stopping) this.loop = this.run();
  }

  nudge(): void {
    if (this.loop) this.wakeUp.ring();
  }

  expect(): void {
    this.expectUntil = this.clock.now() + EXPECT_MS;
    this.nudge();
  }

  /** Resolves when every handler has had what is due for it now. For tests. */
  async idle(): Promise<void> {
    do {
      await this.runs.end();
      // A clock that was just advanced rings a moment later.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.loop && (this.looking || this.wakeUp.isRung || !this.runs.isIdle));
  }

  beforeApplicationShutdown(): Promise<void> {
    return (this.stopped ??= this.stop());
  }

  private async stop(): Promise<void> {
    this.stopping = true;
    if (!this.loop) return;
    this.wakeUp.ring();
    await this.loop;
    await within(SHUTDOWN_WAIT_MS, this.runs.end());
    await this.runs.giveUp().catch((error: unknown) => {
      this.logger.warn(
        new LogEntry(`Unfinished events could not be given back: ${messageOf(error)}`, {
          event: 'events_not_released',
        }),
      );
    });
  }

  /**
   * One loop, begun at the start of the app: no handler runs in the async context of some request.
   * The first look comes a turn later, when the other modules have started as well.
   */
  private async run(): Promise<void> {
    this.wakeUp.ring();
    for (;;) {
      const soon = this.open || this.clock.now() < this.expectUntil;
      await this.wakeUp.wait(soon ? POLL_MS : this.idleMs);
      if (this.stopping) return;
      this.looking = true;
      this.wakeUp.hear();
      await this.look();
      this.looking = false;
    }
  }

  /** Takes what the handlers have room for. */
  private async look(): Promise<void> {
    try {
      await this.checkIn();
      const asks = this.list().map((known) => ({ ...known, limit: this.runs.free(known.name) }));
      const claim = await this.outbox.claim(this.settings.instance, asks, HANDLER_LEASE_SECONDS);
      this.open = claim.open;
      this.failing = false;
      for (const owed of claim.events) {
        const handler = this.handlers.get(owed.handler);
        if (handler) this.runs.start(handler, owed);
      }
    } catch (error) {
      if (!this.failing)
        this.logger.warn(
          new LogEntry(`The look for events failed and goes on: ${messageOf(error)}`, {
            event: 'events_not_read',
          }),
        );
      this.failing = true;
      this.open = true;
    }
  }

  /** Says that the handlers are alive; forgets those that are not. */
  private async checkIn(): Promise<void> {
    const now = this.clock.now();
    if (now - this.checkedAt < this.idleMs) return;
    this.checkedAt = now;
    const { instance } = this.settings;
    await this.outbox.register(instance, this.list());
    if (now - this.forgotAt < FORGET_EVERY_MS) return;
    this.forgotAt = now;
    await this.outbox.forget(instance, FORGET_HANDLER_SECONDS);
  }

  private get idleMs(): number {
    const { sweepEvery } = this.settings;
    return sweepEvery === false ? IDLE_MS : Math.min(IDLE_MS, sweepEvery * 1000);
  }

  private list(): OutboxHandler[] {
    return [...this.handlers.values()].map(({ name, types }) => ({ name, types }));
  }
}

/** By the machine's own time: a process that ends cannot wait for the clock of a test. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
