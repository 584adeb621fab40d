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

/** Beginnings that secret addresses have in common with all others. */
const SCHEMES = ["http://", "https://", "postgres://", "postgresql://", "redis://", "rediss://", "nats://"];

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
  readonly #secrets = new Set<string>();
  readonly #names = new Set<string>();
  readonly #showsNames: boolean;
  // Of the secrets and names so far that were there when a text was redacted: most have no messages.
  #indexed = { secrets: 0, names: 0 };
  readonly #whole = new Set<string>();
  readonly #pieces = new Set<string>();
  readonly #shown = new Set<string>();
  readonly #words = new Set<string>();

  /** @param showsNames whether a whole secret that is also a name (a user "postgres") is shown */
  constructor({ showsNames = false }: { readonly showsNames?: boolean } = {}) {
    this.#showsNames = showsNames;
    for (const scheme of SCHEMES) this.allow(scheme);
  }

  /** @param secret not to be shown from now on */
  learn(secret: string): void {
    if (secret.length >= SHORTEST_SECRET && !EMPTY.test(secret)) this.#secrets.add(secret);
  }

  /** @param name not a secret: its pieces are shown although a secret has them, too (the host of a URL) */
  allow(name: string): void {
    if (name.length <= LONGEST_NAME) this.#names.add(name);
  }

  #index(): void {
    for (const secret of [...this.#secrets].slice(this.#indexed.secrets)) {
      for (const form of spellings(secret)) {
        if (form.length >= SHORTEST_SECRET) this.#whole.add(form);
        if (this.#isFull) return;
        for (const piece of piecesOf(form)) this.#pieces.add(piece);
      }
    }
    for (const name of [...this.#names].slice(this.#indexed.names)) {
      if (this.#shown.size > MOST_PIECES) break;
      for (const piece of piecesOf(name)) this.#shown.add(piece);
      for (const word of [name, ...name.split(/[^\w-]+/), ...name.split(/\W+/)]) this.#words.add(word);
    }
    this.#indexed = { secrets: this.#secrets.size, names: this.#names.size };
  }

  get #isFull(): boolean {
    return this.#pieces.size > MOST_PIECES;
  }

  readonly redact = (text: string): string => {
    if (this.#secrets.size === 0) return text;
    this.#index();
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
      if (this.#pieces.has(piece) && !this.#shown.has(piece)) hidden.fill(1, at, at + PIECE);
    }
    let shown = "";
    for (let at = 0; at < text.length; at++) {
      if (hidden[at] === 0) shown += text[at] ?? "";
      else if (hidden[at - 1] !== 1) shown += REDACTED;
    }
    return shown;
  };
}
