// Errors as Prisma's native engine reports them: https://www.prisma.io/docs/orm/reference/error-reference
import type { Pool } from "pg";
import type { Address } from "../address.ts";
import type { KeptErrors } from "./adapter.ts";

/** prisma-client-py reads `meta` without looking whether it is there. */
export interface Fault {
  readonly is_panic: false;
  readonly message: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly error_code?: string;
}

/** One entry of `errors` in a response. */
export interface ReportedFault {
  readonly error: string;
  readonly user_facing_error: Fault;
}

export const report = (fault: Fault): ReportedFault => ({ error: fault.message, user_facing_error: fault });

export const invalidRequest = (message: string): Fault => ({
  is_panic: false,
  message,
  meta: {},
  error_code: "P2009",
});

export const unexpected = (error: unknown): Fault => ({ is_panic: false, message: String(error), meta: {} });

export const noSuchTransaction: Fault = {
  is_panic: false,
  message:
    "Transaction API error: Transaction not found. Transaction ID is invalid, or refers to an old closed transaction.",
  meta: {},
  error_code: "P2028",
};

/** Status of the native engine for an error of a transaction. */
export function transactionStatus({ message }: Fault): number {
  if (message.includes("Unable to start a transaction in the given time")) return 504;
  if (/not found|Transaction ID is invalid/.test(message)) return 404;
  if (/already closed|no longer valid|expired/i.test(message)) return 422;
  return 500;
}

/** Errors of the connection, which the engine reports as P2036 with a number. */
export class ConnectionFaults {
  readonly #pool: Pool;
  readonly #address: Address["pool"];
  readonly #errors: KeptErrors;

  constructor(pool: Pool, address: Address["pool"], errors: KeptErrors) {
    this.#pool = pool;
    this.#address = address;
    this.#errors = errors;
  }

  resolve(fault: Partial<Fault> & Pick<Fault, "message">): Fault {
    const id = fault.error_code === "P2036" ? fault.meta?.["id"] : undefined;
    if (typeof id !== "number") return { is_panic: false, meta: {}, ...fault };
    return this.of(this.#errors.take(id));
  }

  of(error: unknown): Fault {
    const { host, port, max, connectionTimeoutMillis } = this.#address;
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith("timeout exceeded when trying to connect") && this.#pool.totalCount >= max) {
      const timeout = connectionTimeoutMillis / 1000;
      return {
        is_panic: false,
        message: `Timed out fetching a new connection from the connection pool (timeout: ${timeout} s, connection limit: ${max})`,
        meta: { connection_limit: max, timeout },
        error_code: "P2024",
      };
    }
    return {
      is_panic: false,
      message: `Can't reach database server at \`${host}:${port}\`: ${message}`,
      meta: { database_host: host, database_port: String(port) },
      error_code: "P1001",
    };
  }
}
