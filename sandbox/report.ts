// Progress output of long operations: lines that stay, and a status that the next one replaces.
import { redactOutput } from "./redact/output.ts";

export interface Report {
  /** A line that stays. */
  line(text: string): void;
  /** The current step. It can be called often, about once a second. */
  status(text: string): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Without a terminal a status is a line. A CI log gets at most one line per this many seconds. */
const quietSeconds = 20;

export function createReport(out: Terminal = process.stderr, now: () => number = Date.now): Report {
  let lastStatusAt = -Infinity;
  if (out.isTTY !== true) {
    return {
      line: (text) => out.write(`${redactOutput(text)}\n`),
      status: (text) => {
        if (now() - lastStatusAt < quietSeconds * 1000) return;
        lastStatusAt = now();
        out.write(`${redactOutput(text)}\n`);
      },
    };
  }
  const eraseLine = "\r\u001B[K";
  return {
    line: (text) => out.write(`${eraseLine}${redactOutput(text)}\n`),
    // A status that wraps could not be erased.
    status: (text) => out.write(`${eraseLine}${redactOutput(text).slice(0, (out.columns ?? 80) - 1)}`),
  };
}
