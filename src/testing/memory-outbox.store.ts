import { countedData, ERASED_MASK } from '../domain/erasure.js';
import { OTHER_VERSION_SECONDS } from '../domain/outbox.js';
import type { OtpEvent, OtpRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { OutboxStore } from '../ports/outbox-store.js';
import type {
  Claim,
  OutboxAsk,
  OutboxHandler,
  OwedEvent,
  OwedRow,
  ParkedQuery,
  ParkedRow,
} from '../ports/outbox-store.js';

interface Row extends OwedEvent {
  nextAt: number;
  leaseUntil: number;
  parkedAt: Date | null;
}

interface Known {
  instance: string;
  handler: string;
  /** When a process named each type last. */
  types: Map<string, number>;
}

/** The outbox without a database; `MemoryOtpStore` writes into it what each event owes. */
export class MemoryOutboxStore extends OutboxStore {
  private readonly handlers = new Map<string, Known>();
  private rows: Row[] = [];

  constructor(private readonly clock: Clock) {
    super();
  }

  /** A row for each handler that wants the event, together with the event. */
  owe(otp: OtpRecord, { eventNo, type, at, data }: OtpEvent): void {
    const { id: otpId, instance, purpose, channel, subject, callbackData, mobileMask } = otp;
    const asked = { instance, purpose, channel, subject, callbackData, mobileMask };
    for (const known of this.handlers.values()) {
      if (known.instance !== instance || !known.types.has(type)) continue;
      const facts = { otpId, eventNo, type, at, data, ...asked };
      const { handler } = known;
      const free = { attempts: 0, nextAt: this.clock.now(), leaseUntil: 0, parkedAt: null };
      this.rows.push({ ...facts, handler, ...free });
    }
  }

  /** Whether a handler still has to be called for an event of an OTP. */
  isOwed(otpId: string, eventNo?: number): boolean {
    return this.rows.some(
      (row) =>
        row.otpId === otpId && row.eventNo === (eventNo ?? row.eventNo) && row.parkedAt === null,
    );
  }

  /** The events of these rows are deleted. */
  drop(gone: (row: OwedRow) => boolean): void {
    this.rows = this.rows.filter((row) => !gone(row));
  }

  /** What handlers are still owed of an erased OTP names nobody. */
  erase(id: string): void {
    for (const row of this.rows) {
      if (row.otpId !== id) continue;
      const nobody = { subject: null, callbackData: null, mobileMask: ERASED_MASK };
      Object.assign(row, nobody, { data: countedData(row.data) });
    }
  }

  register(instance: string, handlers: readonly OutboxHandler[]): Promise<void> {
    return this.atomic((now) => {
      for (const { name, types } of handlers) {
        const key = `${instance}:${name}`;
        const known = this.handlers.get(key) ?? { instance, handler: name, types: new Map() };
        for (const type of types) known.types.set(type, now);
        this.handlers.set(key, known);
      }
    });
  }

  claim(instance: string, asks: readonly OutboxAsk[], leaseSeconds: number): Promise<Claim> {
    return this.atomic((now) => {
      const events = asks.flatMap(({ name, types, limit }) =>
        this.open(instance, name)
          .filter((row) => row.nextAt <= now && row.leaseUntil <= now && !this.waits(row, types))
          .filter(
            ({ type, at }) =>
              types.includes(type) || at.getTime() <= now - OTHER_VERSION_SECONDS * 1000,
          )
          .sort((a, b) => a.nextAt - b.nextAt)
          .slice(0, limit),
      );
      for (const row of events) {
        row.attempts += 1;
        row.nextAt = row.leaseUntil = now + leaseSeconds * 1000;
      }
      const open = asks.some(({ name, types }) =>
        this.open(instance, name).some((row) => types.includes(row.type) && !events.includes(row)),
      );
      return { events: events.map(eventOf), open };
    });
  }

  done(row: OwedRow): Promise<void> {
    return this.atomic(() => {
      const own = this.held(row);
      this.rows = this.rows.filter((other) => other !== own);
    });
  }

  retry(row: OwedRow, delaySeconds: number): Promise<void> {
    return this.atomic((now) => {
      const own = this.held(row);
      if (!own) return;
      own.leaseUntil = 0;
      own.nextAt = now + delaySeconds * 1000;
      for (const later of this.open(own.instance, own.handler))
        if (later.otpId === own.otpId && later.eventNo > own.eventNo) later.nextAt = own.nextAt;
    });
  }

  park(row: OwedRow): Promise<void> {
    return this.atomic((now) => {
      const own = this.held(row);
      if (own) Object.assign(own, { parkedAt: new Date(now), leaseUntil: 0 });
    });
  }

  release(rows: readonly OwedRow[]): Promise<void> {
    return this.atomic((now) => {
      for (const row of rows) {
        const own = this.held(row);
        if (own) Object.assign(own, { nextAt: now, leaseUntil: 0 });
      }
    });
  }

  parked(instance: string, limit: number): Promise<ParkedRow[]> {
    return this.atomic(() =>
      this.rows
        .flatMap((row) =>
          row.instance === instance && row.parkedAt ? [{ row, parkedAt: row.parkedAt }] : [],
        )
        .sort((a, b) => a.parkedAt.getTime() - b.parkedAt.getTime())
        .slice(0, limit)
        .map(({ row: { otpId, eventNo, handler, attempts, type, at }, parkedAt }) => ({
          otpId,
          eventNo,
          handler,
          attempts,
          type,
          at,
          parkedAt,
        })),
    );
  }

  replay(instance: string, { handler, otpId, eventNo }: ParkedQuery): Promise<number> {
    return this.atomic((now) => {
      const again = this.rows.filter(
        (row) =>
          row.instance === instance &&
          row.parkedAt !== null &&
          row.handler === (handler ?? row.handler) &&
          row.otpId === (otpId ?? row.otpId) &&
          row.eventNo === (eventNo ?? row.eventNo),
      );
      for (const row of again)
        Object.assign(row, { parkedAt: null, leaseUntil: 0, attempts: 0, nextAt: now });
      return again.length;
    });
  }

  forget(instance: string, unseenSeconds: number): Promise<void> {
    return this.atomic((now) => {
      for (const [key, known] of this.handlers) {
        if (known.instance !== instance) continue;
        const seenAt = Math.max(...known.types.values());
        if (seenAt < now - unseenSeconds * 1000) this.handlers.delete(key);
        for (const [type, at] of known.types)
          if (at < seenAt - OTHER_VERSION_SECONDS * 1000) known.types.delete(type);
      }
      this.rows = this.rows.filter(
        (row) => row.instance !== instance || this.handlers.has(`${instance}:${row.handler}`),
      );
    });
  }

  /** Nothing can come between: there is no await inside. */
  private async atomic<T>(work: (now: number) => T): Promise<T> {
    await Promise.resolve();
    return work(this.clock.now());
  }

  private open(instance: string, handler: string): Row[] {
    return this.rows.filter(
      (row) => row.instance === instance && row.handler === handler && row.parkedAt === null,
    );
  }

  /** An earlier event of the OTP that this version of the handler wants is still open. */
  private waits(row: Row, types: OutboxHandler['types']): boolean {
    return this.open(row.instance, row.handler).some(
      ({ otpId, eventNo, type }) =>
        otpId === row.otpId && eventNo < row.eventNo && types.includes(type),
    );
  }

  /** The row, if the try it was claimed with is still the newest. */
  private held({ otpId, eventNo, handler, attempts }: OwedRow): Row | undefined {
    return this.rows.find(
      (row) =>
        row.otpId === otpId &&
        row.eventNo === eventNo &&
        row.handler === handler &&
        row.attempts === attempts &&
        row.parkedAt === null,
    );
  }
}

function eventOf(row: Row): OwedEvent {
  const { otpId, eventNo, handler, attempts, type, at, instance, purpose } = row;
  const { channel, subject, callbackData, mobileMask } = row;
  const facts = { otpId, eventNo, handler, attempts, type, at, instance, purpose };
  // A handler that changes what it is given changes nobody else's event.
  const data = structuredClone(row.data);
  return { ...facts, channel, subject, callbackData, mobileMask, data };
}
