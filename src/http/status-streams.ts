import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { networkOf } from '../domain/ip.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import type { OtpView } from '../service/otp.api.js';
import { OtpException } from '../service/otp.exception.js';
import { hasEnded, StatusWatcher } from '../service/status-watcher.js';
import type { StatusWatch } from '../service/status-watcher.js';
import { Ticker } from '../service/ticker.js';
import { EventStream } from './event-stream.js';
import { OtpLanguages } from '../service/otp-languages.js';
import type { AdapterResponse } from './raw-response.js';
import { statusBody } from './status-body.js';
import type { OtpStatusBody } from './status-body.js';

/** Proxies cut connections that stay silent, many after 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** Who asks for a stream of which OTP. */
export interface StreamRequest {
  id: string;
  ticket: string | undefined;
  /** Unknown behind a socket without addresses: such clients share the places of one. */
  ip: string | undefined;
  language: string;
  response: AdapterResponse;
}

interface Open {
  stream: EventStream;
  watch: StatusWatch;
  language: string;
}

/** The open streams of this process: as many as an address may have, kept alive, ended with the app. */
@Injectable()
export class StatusStreams implements BeforeApplicationShutdown {
  private readonly streams = new Set<Open>();
  private readonly byIp = new Map<string, number>();
  private readonly heartbeat: Ticker;
  private closing = false;

  constructor(
    private readonly watcher: StatusWatcher,
    private readonly settings: OtpSettings,
    private readonly languages: OtpLanguages,
    clock: Clock,
  ) {
    this.heartbeat = new Ticker(clock, HEARTBEAT_MS, () => {
      for (const { stream } of this.streams) stream.heartbeat();
    });
  }

  /** How many streams are open now. */
  get size(): number {
    return this.streams.size;
  }

  /**
   * Starts a stream; every refusal comes before its first byte.
   *
   * @returns the status that was sent first
   * @throws OtpException `too_many_streams`, `not_found` (also for a wrong ticket), `unavailable`
   */
  async start({ id, ticket, ip, language, response }: StreamRequest): Promise<OtpStatusBody> {
    const leave = this.enter(ip);
    let watch: StatusWatch | undefined;
    let stream: EventStream | undefined;
    let first: OtpStatusBody;
    try {
      watch = await this.watcher.watch(id, { ticket }, (view) => {
        if (view) stream?.send('status', this.bodyOf(view, language));
        if (!view || hasEnded(view)) void stream?.end();
      });
      // Last of all: once the headers are sent, an error can no longer be answered.
      first = this.bodyOf(watch.view, language);
      stream = new EventStream(response);
    } catch (error) {
      watch?.stop();
      leave();
      throw error;
    }
    const { view } = watch;
    this.keep({ stream, watch, language }, leave);
    stream.send('status', first);
    if (this.closing || stream.headOnly || hasEnded(view)) void stream.end();
    return first;
  }

  /** Before the server closes, which waits for every open response: the newest status, and the end. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    await Promise.all(
      [...this.streams].map(async ({ stream, watch, language }) => {
        stream.send('status', this.bodyOf(watch.view, language));
        await stream.end();
      }),
    );
  }

  private bodyOf(view: OtpView, language: string): OtpStatusBody {
    return statusBody(view, language, this.languages);
  }

  private keep(open: Open, leave: () => void): void {
    this.streams.add(open);
    this.heartbeat.start();
    open.stream.onClose(() => {
      open.watch.stop();
      leave();
      this.streams.delete(open);
      if (this.streams.size === 0) this.heartbeat.stop();
    });
  }

  /** Takes one of the address's places, before anything is read. Gives the way to leave it. */
  private enter(address = 'unknown'): () => void {
    const ip = networkOf(address);
    const open = this.byIp.get(ip) ?? 0;
    if (open >= this.settings.maxStreamsPerIp) throw new OtpException({ code: 'too_many_streams' });
    this.byIp.set(ip, open + 1);
    return () => {
      const others = (this.byIp.get(ip) ?? 1) - 1;
      if (others > 0) this.byIp.set(ip, others);
      else this.byIp.delete(ip);
    };
  }
}
