/** What the commands' exit codes mean. Under `make` they show as "Error N"; make itself then exits with 2. */
export const exitCodes = { done: 0, failed: 1, usage: 2, drift: 3 } as const;

/** An error that its reader can act on. The message says what; the rest where, why, and what fixes it. */
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

/** Somebody pressed Ctrl-C: what was begun stays as it is. */
export class InterruptedError extends CommandError {}

/** The text that is shown for any error; a stack trace only helps when the error is none of ours. */
export function renderError(error: unknown): string {
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
