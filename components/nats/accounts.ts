import { MAX_CONNECTIONS, MEMORY_STORE_MI, type ServerConfig, storeMi } from "./render-server.ts";

/** The account of users that name none. */
export const DEFAULT_ACCOUNT = "main";

/** What the users of an account may use together. What is left out is an equal part of what other accounts leave. */
export interface AccountLimits {
  /** Of streams on disk, in MiB. Each copy of a stream counts. */
  readonly storageMi?: number | undefined;
  /** Of streams in memory, in MiB. Each copy of a stream counts. */
  readonly memoryMi?: number | undefined;
  readonly connections?: number | undefined;
  /** @default {@link DEFAULT_STREAMS} */
  readonly streams?: number | undefined;
}

/** The same, with a number for everything. */
export type AccountShare = Readonly<Record<SharedLimit | "streams", number>>;

export const DEFAULT_STREAMS = 100;
/** What accounts divide between them. */
export const SHARED_LIMITS = ["storageMi", "memoryMi", "connections"] as const;
type SharedLimit = (typeof SHARED_LIMITS)[number];

/** What all accounts have together. */
export function totals(server: ServerConfig): Readonly<Record<SharedLimit, number>> {
  return {
    storageMi: storeMi(server) * server.replicas,
    memoryMi: MEMORY_STORE_MI * server.replicas,
    connections: MAX_CONNECTIONS,
  };
}

/** The limits of each account. Together they are never more than the servers have, if the given numbers are not. */
export function accountShares(
  accounts: readonly string[],
  limits: Readonly<Record<string, AccountLimits>>,
  server: ServerConfig,
): Record<string, AccountShare> {
  const total = totals(server);
  const part = (limit: SharedLimit): number => {
    const given = accounts.map((account) => limits[account]?.[limit]);
    const open = given.filter((value) => value === undefined).length;
    const rest = given.reduce<number>((left, value) => left - (value ?? 0), total[limit]);
    return open === 0 ? 0 : Math.max(0, Math.floor(rest / open));
  };
  const parts = {
    storageMi: part("storageMi"),
    memoryMi: part("memoryMi"),
    connections: part("connections"),
  };
  return Object.fromEntries(
    accounts.map((account) => {
      const { storageMi, memoryMi, connections, streams = DEFAULT_STREAMS } = limits[account] ?? {};
      return [
        account,
        {
          storageMi: storageMi ?? parts.storageMi,
          memoryMi: memoryMi ?? parts.memoryMi,
          connections: connections ?? parts.connections,
          streams,
        },
      ];
    }),
  );
}
