import { type AccountLimits, accountShares, DEFAULT_ACCOUNT, SHARED_LIMITS, totals } from "./accounts.ts";
import type { NatsStream } from "./streams.ts";
import { accountOf, type NatsUser } from "./users.ts";

/** A problem between users, accounts and streams. */
interface SharingProblem {
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
  readonly reason: string;
  /** A value that solves it; none if the entry has to go. */
  readonly fix?: string;
}

interface Sharing {
  readonly users: readonly Pick<NatsUser, "account" | "consumes">[];
  readonly accounts?: Readonly<Record<string, AccountLimits>>;
  readonly streams?: readonly NatsStream[];
  readonly replicas?: number;
  readonly storageGi: number;
}

/** What does not fit between users, the limits of accounts, and streams; empty if all fits. */
export function sharingProblems(sharing: Sharing): SharingProblem[] {
  return [...accountProblems(sharing), ...streamProblems(sharing), ...consumesProblems(sharing)];
}

function accountProblems({ users, accounts = {}, replicas = 1, storageGi }: Sharing): SharingProblem[] {
  const names = [...new Set(users.map(accountOf))];
  const unknown = Object.keys(accounts)
    .filter((account) => !names.includes(account))
    .map((account) => ({ path: ["accounts", account], reason: "is the account of no user" }));
  const total = totals({ replicas, storageGi });
  const tooMuch = SHARED_LIMITS.flatMap((limit) => {
    const given = names.flatMap((account) => accounts[account]?.[limit] ?? []);
    const sum = given.reduce((left, each) => left + each, 0);
    // Accounts without a number of their own need something, too.
    const needed = sum + (given.length < names.length ? 1 : 0);
    const last = names.findLast((account) => accounts[account]?.[limit] !== undefined);
    if (needed <= total[limit] || last === undefined) return [];
    return [
      {
        path: ["accounts", last, limit],
        value: accounts[last]?.[limit],
        reason: `all accounts together have ${sum}, and the servers have ${total[limit]}: no account would be sure of its part`,
        fix: String(Math.max(1, Math.floor(total[limit] / names.length))),
      },
    ];
  });
  return [...unknown, ...tooMuch];
}

function streamProblems({
  users,
  accounts = {},
  streams = [],
  replicas = 1,
  storageGi,
}: Sharing): SharingProblem[] {
  const names = [...new Set(users.map(accountOf))];
  const shares = accountShares(names, accounts, { replicas, storageGi });
  return streams.flatMap((stream, index): SharingProblem[] => {
    const path = (...keys: (string | number)[]) => ["streams", index, ...keys];
    const account = stream.account ?? DEFAULT_ACCOUNT;
    const before = streams.slice(0, index).filter((other) => (other.account ?? DEFAULT_ACCOUNT) === account);
    const share = shares[account];
    if (share === undefined) {
      return [{ path: path("account"), value: account, reason: "is the account of no user" }];
    }
    const limit = stream.storage === "file" ? "storageMi" : "memoryMi";
    const used = [...before, stream]
      .filter(({ storage }) => storage === stream.storage)
      .reduce((sum, { maxMi, replicas: copies }) => sum + maxMi * copies, 0);
    return [
      ...(before.some(({ name }) => name === stream.name)
        ? [
            {
              path: path("name"),
              value: stream.name,
              reason: "is the name of another stream, too",
              fix: `${stream.name}-${index}`,
            },
          ]
        : []),
      ...(stream.replicas > replicas
        ? [
            {
              path: path("replicas"),
              value: stream.replicas,
              reason: `is more than the number of servers (${replicas})`,
              fix: String(replicas),
            },
          ]
        : []),
      ...(used > share[limit]
        ? [
            {
              path: path("maxMi"),
              value: stream.maxMi,
              reason: `the copies of the streams up to this one need ${used} MiB, and ${limit} of account ${account} is ${share[limit]}`,
            },
          ]
        : []),
      ...stream.consumers.flatMap(({ name }, place) =>
        stream.consumers.findIndex((other) => other.name === name) === place
          ? []
          : [
              {
                path: path("consumers", place, "name"),
                value: name,
                reason: "is the name of another consumer, too",
                fix: `${name}-${place}`,
              },
            ],
      ),
    ];
  });
}

function consumesProblems({ users, streams = [] }: Sharing): SharingProblem[] {
  return users.flatMap((user, index) =>
    (user.consumes ?? []).flatMap(({ stream, consumer }, place): SharingProblem[] => {
      const found = streams.find(
        (each) => each.name === stream && (each.account ?? DEFAULT_ACCOUNT) === accountOf(user),
      );
      if (found?.consumers.some(({ name }) => name === consumer) === true) return [];
      const path = ["users", index, "consumes", place, found === undefined ? "stream" : "consumer"];
      return found === undefined
        ? [{ path, value: stream, reason: `is no stream of its account (${accountOf(user)})` }]
        : [{ path, value: consumer, reason: `is no consumer of the stream ${stream}` }];
    }),
  );
}
