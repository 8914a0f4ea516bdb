import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** One message of a stream as it came: its fields, or the text of a comment. */
export interface StreamMessage {
  event?: string;
  data?: Record<string, unknown>;
  retry?: string;
  comment?: string;
}

/** No message that a test waits for takes longer. */
const PATIENCE_MS = 10_000;

/**
 * A client of server-sent events that hands its messages out one by one. It is no `fetch`: after an
 * abort that one opens an idle connection, which no server may close while it closes.
 */
export class EventClient {
  private readonly messages: StreamMessage[] = [];
  private wake: () => void = () => undefined;
  private over = false;

  private constructor(readonly response: IncomingMessage) {
    void this.read();
  }

  static open(url: string, headers: Record<string, string>): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: new Agent({ keepAlive: true }) }, (response) => {
        resolve(new EventClient(response));
      }).on('error', reject);
    });
  }

  /** The next message with data; hints and comments are skipped. */
  async status(): Promise<Record<string, unknown>> {
    for (;;) {
      const { data } = await this.next();
      if (data) return data;
    }
  }

  async next(): Promise<StreamMessage> {
    await this.until(() => this.messages.length > 0 || this.over, 'a message');
    const message = this.messages.shift();
    if (!message) throw new Error('The stream has ended.');
    return message;
  }

  /** Waits for the end; gives what came before it. */
  async end(): Promise<StreamMessage[]> {
    await this.until(() => this.over, 'the end');
    return this.messages.splice(0);
  }

  get unread(): number {
    return this.messages.length;
  }

  leave(): void {
    this.response.destroy();
  }

  private async until(done: () => boolean, what: string): Promise<void> {
    const patience = { over: false };
    const timer = setTimeout(() => {
      patience.over = true;
      this.wake();
    }, PATIENCE_MS);
    while (!done() && !patience.over) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(timer);
    if (!done()) throw new Error(`The stream did not bring ${what}.`);
  }

  private async read(): Promise<void> {
    let text = '';
    try {
      for await (const chunk of this.response.setEncoding('utf8')) {
        text += chunk as string;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        this.messages.push(...blocks.map(parse));
        this.wake();
      }
    } catch {
      // The client left.
    } finally {
      this.over = true;
      this.wake();
    }
  }
}

function parse(block: string): StreamMessage {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trim()];
    }),
  );
  const { data, ...rest } = fields;
  return data === undefined ? rest : { ...rest, data: JSON.parse(data) as Record<string, unknown> };
}
