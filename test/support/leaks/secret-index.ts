import type { NotedSecret } from './run-record.js';
import { spellingsOf } from './spellings.js';

/** Tickets and webhook tokens: found inside of longer runs too. */
const WINDOWS = [22, 43];
const ANCHOR = 8;

/** Texts that begin alike: looked for together. */
interface Anchored {
  lengths: Set<number>;
  texts: Map<string, NotedSecret>;
}

/** Finds every secret of a run in a text, in one pass however many there are. */
export class SecretIndex {
  readonly #digits = new Map<string, NotedSecret>();
  readonly #words = new Map<string, NotedSecret>();
  readonly #texts = new Map<string, Anchored>();

  /** @returns whether it is looked for: a short code or password is not */
  add(secret: NotedSecret): boolean {
    const { digits = [], words = [], texts = [] } = spellingsOf(secret);
    for (const spelling of digits) this.#digits.set(spelling, secret);
    for (const spelling of words) this.#words.set(spelling, secret);
    for (const spelling of texts) this.#addText(spelling, secret);
    return digits.length + words.length + texts.length > 0;
  }

  find(text: string): Set<NotedSecret> {
    const found = new Set<NotedSecret>();
    const look = (map: Map<string, NotedSecret>, key: string): void => {
      const secret = map.get(key);
      if (secret) found.add(secret);
    };
    // As PostgreSQL writes a bytea: the bytes may be those of a secret, or of a text.
    const bytes = /^\\x((?:[0-9a-f]{2})+)$/.exec(text)?.[1];
    if (bytes !== undefined) look(this.#words, bytes);
    const said = bytes === undefined ? text : Buffer.from(bytes, 'hex').toString('latin1');
    for (const run of digitRuns(said)) look(this.#digits, run);
    for (const word of wordsOf(said)) look(this.#words, word);
    for (const [anchor, { lengths, texts }] of this.#texts)
      for (let at = said.indexOf(anchor); at >= 0; at = said.indexOf(anchor, at + 1))
        for (const length of lengths) look(texts, said.slice(at, at + length));
    return found;
  }

  #addText(text: string, secret: NotedSecret): void {
    const anchor = text.slice(0, ANCHOR);
    const anchored = this.#texts.get(anchor) ?? { lengths: new Set(), texts: new Map() };
    anchored.lengths.add(text.length);
    anchored.texts.set(text, secret);
    this.#texts.set(anchor, anchored);
  }
}

/** Numbers that stand alone, as they are and with their separators taken out; those in a MAC do not. */
function* digitRuns(text: string): Generator<string> {
  const runs = /(?<![A-Za-z0-9])\d+(?:[ ().-]{1,2}\d+)*(?![A-Za-z0-9])/g;
  for (const [run] of text.matchAll(runs)) {
    const groups = run.split(/\D+/);
    for (let from = 0; from < groups.length; from += 1) {
      let joined = '';
      for (const group of groups.slice(from, from + 6)) {
        joined += group;
        yield joined;
      }
    }
  }
}

function* wordsOf(text: string): Generator<string> {
  for (const [run] of text.matchAll(/[\w-]{16,}/g)) {
    yield run;
    // Ids and MACs in hex have no ticket inside.
    if (/^[\da-f-]+$/.test(run)) continue;
    for (const size of WINDOWS)
      for (let at = 0; at + size <= run.length; at += 1) yield run.slice(at, at + size);
  }
}
