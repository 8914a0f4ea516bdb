/** Bytes that are sent on whole, and the statement they run; `''` for none. */
export interface Piece {
  bytes: Buffer;
  text: string;
}

/** What a proxy has to know of the protocol that passes through one connection. */
export interface Dialect {
  /** Cuts what a client sends into pieces; keeps what is not whole yet. */
  fromClient(chunk: Buffer): Piece[];
  /** Whether this ends the server's answer to the one statement on its way. */
  endsAnswer(chunk: Buffer): boolean;
}

/** Any protocol: a text is found if it stands in one piece, an answer ends with its first bytes. */
export class AnyDialect implements Dialect {
  fromClient(chunk: Buffer): Piece[] {
    return [{ bytes: chunk, text: chunk.toString('latin1') }];
  }

  endsAnswer(): boolean {
    return true;
  }
}

/** SSLRequest and GSSENCRequest: after them the client starts again. */
const ASKS_FOR_ENCRYPTION = [80877103, 80877104];
const HEAD = 5;

/**
 * PostgreSQL's protocol 3. A named statement sends its text once and later only its name, so the
 * names are remembered; a statement is one piece from its first message to its Sync.
 */
export class PostgresDialect implements Dialect {
  #started = false;
  #fromClient = Buffer.alloc(0);
  #fromServer = Buffer.alloc(0);
  #batch: Buffer[] = [];
  #texts: string[] = [];
  readonly #names = new Map<string, string>();

  fromClient(chunk: Buffer): Piece[] {
    this.#fromClient = Buffer.concat([this.#fromClient, chunk]);
    const pieces: Piece[] = [];
    for (let message = this.#next(); message; message = this.#next()) {
      const piece = this.#read(message);
      if (piece) pieces.push(piece);
    }
    return pieces;
  }

  endsAnswer(chunk: Buffer): boolean {
    let rest = Buffer.concat([this.#fromServer, chunk]);
    let ended = false;
    while (rest.length >= HEAD && rest.length > rest.readInt32BE(1)) {
      ended = rest[0] === code('Z'); // ReadyForQuery: the statement is committed or refused
      rest = rest.subarray(1 + rest.readInt32BE(1));
    }
    this.#fromServer = rest;
    return ended;
  }

  /** The next whole message; those of the start-up have no type. */
  #next(): Buffer | undefined {
    const at = this.#started ? 1 : 0;
    const buffer = this.#fromClient;
    if (buffer.length < at + 4) return undefined;
    const length = at + buffer.readInt32BE(at);
    if (buffer.length < length) return undefined;
    this.#fromClient = buffer.subarray(length);
    return buffer.subarray(0, length);
  }

  #read(message: Buffer): Piece | undefined {
    if (!this.#started) {
      this.#started = !ASKS_FOR_ENCRYPTION.includes(message.readInt32BE(4));
      return { bytes: message, text: '' };
    }
    const [first = '', second = ''] = message.toString('utf8', HEAD).split('\0', 2);
    switch (String.fromCharCode(message[0]!)) {
      case 'P': // Parse: name, text
        this.#names.set(first, second);
        break;
      case 'B': // Bind: portal, name
        this.#texts.push(this.#names.get(second) ?? '');
        break;
      case 'D':
      case 'E':
      case 'C':
        break;
      case 'Q':
        this.#texts.push(first);
        return this.#whole(message);
      default: // Sync, Flush and what belongs to no statement
        return this.#whole(message);
    }
    this.#batch.push(message);
    return undefined;
  }

  #whole(last: Buffer): Piece {
    const piece = { bytes: Buffer.concat([...this.#batch, last]), text: this.#texts.join('\n') };
    this.#batch = [];
    this.#texts = [];
    return piece;
  }
}

const code = (type: string): number => type.charCodeAt(0);
