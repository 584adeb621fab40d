import { redactOutput } from "../redact/output.ts";

/** The exit codes of the commands. `make` prints them as "Error N" and exits with 2. */
export const exitCodes = { done: 0, failed: 1, usage: 2, drift: 3, notChecked: 4 } as const;

/** An error with a message (what), and optionally where, why, and how to fix it. */
export class CommandError extends Error {
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: number;

  constructor(what: string, details: { where?: string; why?: string; fix?: string; exitCode?: number } = {}) {
    super(what);
    this.where = details.where;
    this.why = details.why;
    this.fix = details.fix;
    this.exitCode = details.exitCode ?? exitCodes.failed;
  }
}

/** Ctrl-C was pressed. Nothing is undone. */
export class InterruptedError extends CommandError {}

/** The text that is shown for an error. Only unexpected errors have a stack trace. */
export function renderError(error: unknown): string {
  return redactOutput(renderWhole(error));
}

function renderWhole(error: unknown): string {
  if (error instanceof CommandError) {
    const details = [
      ["where", error.where],
      ["why", error.why],
      ["fix", error.fix],
    ] as const;
    return [
      `error: ${error.message}`,
      ...details.flatMap(([label, text]) =>
        text === undefined ? [] : [`  ${`${label}:`.padEnd(6)} ${text}`],
      ),
    ].join("\n");
  }
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}
