import { spellings } from "./spellings.ts";

/** What stands in place of a secret. */
export const REDACTED = "[secret]";

/** Characters. Shorter secrets would hide innocent words. */
const SHORTEST_SECRET = 3;
/** Characters of a piece of a secret that must not be shown: a program that cuts a text leaves such pieces. */
const PIECE = 8;
/** Characters. Longer texts are files. */
const LONGEST_NAME = 256;
/** Entries of a set of JavaScript end at 2^24. */
const MOST_PIECES = 8_000_000;

/** Of one character, or of blanks: rulers and indentation. */
const EMPTY = /^(?:(.)\1*|\s*)$/s;

function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at + PIECE <= text.length; at++) {
    const piece = text.slice(at, at + PIECE);
    if (!EMPTY.test(piece)) yield piece;
  }
}

/**
 * Takes known secrets out of texts, in each of their spellings. Takes out pieces of 8 characters, too: what another
 * program has cut is not a whole secret any more.
 */
export class Redactor {
  readonly #known = new Set<string>();
  readonly #whole = new Set<string>();
  readonly #pieces = new Set<string>();
  readonly #names = new Set<string>();
  readonly #words = new Set<string>();
  readonly #showsNames: boolean;

  /** @param showsNames whether a whole secret that is also a name (a user "postgres") is shown */
  constructor({ showsNames = false }: { readonly showsNames?: boolean } = {}) {
    this.#showsNames = showsNames;
  }

  /** @param secret not to be shown from now on */
  learn(secret: string): void {
    if (secret.length < SHORTEST_SECRET || EMPTY.test(secret) || this.#known.has(secret)) return;
    this.#known.add(secret);
    for (const form of spellings(secret)) {
      if (form.length >= SHORTEST_SECRET) this.#whole.add(form);
      if (this.#isFull) return;
      for (const piece of piecesOf(form)) this.#pieces.add(piece);
    }
  }

  /** @param name not a secret: its pieces are shown although a secret has them, too (the host of a URL) */
  allow(name: string): void {
    if (name.length > LONGEST_NAME || this.#names.size > MOST_PIECES) return;
    for (const piece of piecesOf(name)) this.#names.add(piece);
    for (const word of [name, ...name.split(/[^\w-]+/), ...name.split(/\W+/)]) this.#words.add(word);
  }

  get #isFull(): boolean {
    return this.#pieces.size > MOST_PIECES;
  }

  readonly redact = (text: string): string => {
    if (this.#isFull) return `${REDACTED} (there are too many secrets to look for)`;
    const hidden = new Uint8Array(text.length);
    for (const form of this.#whole) {
      if (this.#showsNames && this.#words.has(form)) continue;
      for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
        hidden.fill(1, at, at + form.length);
      }
    }
    for (let at = 0; at + PIECE <= text.length; at++) {
      const piece = text.slice(at, at + PIECE);
      if (this.#pieces.has(piece) && !this.#names.has(piece)) hidden.fill(1, at, at + PIECE);
    }
    let shown = "";
    for (let at = 0; at < text.length; at++) {
      if (hidden[at] === 0) shown += text[at] ?? "";
      else if (hidden[at - 1] !== 1) shown += REDACTED;
    }
    return shown;
  };
}
