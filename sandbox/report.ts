// How long work tells the person who waits for it: lines that stay, and a status that the next one replaces.

export interface Report {
  /** A line that stays. */
  line(text: string): void;
  /** What runs now. Call it as often as you like (about once a second). */
  status(text: string): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Without a terminal, a status is a line, and one in this many seconds is enough for a CI log. */
const quietSeconds = 20;

export function createReport(out: Terminal = process.stderr, now: () => number = Date.now): Report {
  let lastStatusAt = -Infinity;
  if (out.isTTY !== true) {
    return {
      line: (text) => out.write(`${text}\n`),
      status: (text) => {
        if (now() - lastStatusAt < quietSeconds * 1000) return;
        lastStatusAt = now();
        out.write(`${text}\n`);
      },
    };
  }
  const eraseLine = "\r\u001B[K";
  return {
    line: (text) => out.write(`${eraseLine}${text}\n`),
    // A status that wraps could not be erased again.
    status: (text) => out.write(`${eraseLine}${text.slice(0, (out.columns ?? 80) - 1)}`),
  };
}
