import { neededConnections, RESERVED_CONNECTIONS } from "../../../components/postgres/connection-limits.ts";
import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import type { PostgresConfig } from "./schema.ts";

/** The part of a stack's configuration that PostgreSQL's rules read. */
export interface PostgresStack {
  readonly profile: "dev" | "prod";
  readonly postgres: PostgresConfig;
}

/** The problems between keys of PostgreSQL, for the users of the stack. */
export function postgresProblems(
  { profile, postgres }: PostgresStack,
  users: Readonly<Record<string, { readonly connections: number }>>,
): ConfigProblem[] {
  switch (postgres.mode) {
    case "single":
      return connectionProblems(postgres, users);
    case "cloudnativepg":
      return [...apiServerProblems(postgres), ...connectionProblems(postgres, users)];
    case "external":
      return [...externalProblems(postgres, profile), ...databaseProblems(postgres, Object.keys(users))];
  }
}

/** More pods, or more pods of an autoscaler, open more connections: the server must have them all. */
function connectionProblems(
  { maxConnections }: PostgresConfig,
  users: Readonly<Record<string, { readonly connections: number }>>,
): ConfigProblem[] {
  const needed = neededConnections(users);
  if (needed <= maxConnections) return [];
  const path = ["postgres", "maxConnections"];
  const shares = Object.entries(users).map(([name, { connections }]) => `${name} ${connections}`);
  return [
    {
      path,
      value: maxConnections,
      reason: `the pods of all consumers may open ${needed} connections: ${shares.join(", ")}, and ${RESERVED_CONNECTIONS} for the superuser`,
      fix: fixCommand(path, String(needed)),
    },
  ];
}

function apiServerProblems({ cluster }: PostgresConfig): ConfigProblem[] {
  if (cluster.apiServer.cidrs.length > 0) return [];
  const path = ["postgres", "cluster", "apiServer", "cidrs"];
  return [
    {
      path,
      reason:
        "CloudNativePG's pods call the Kubernetes API, and a network policy needs its addresses (`kubectl get endpointslices -n default` shows them)",
      fix: fixCommand([...path, 0], "10.0.0.1/32"),
    },
  ];
}

function externalProblems({ external }: PostgresConfig, profile: PostgresStack["profile"]): ConfigProblem[] {
  const path = (...keys: (string | number)[]) => ["postgres", "external", ...keys];
  return [
    ...(external.host === undefined
      ? [
          {
            path: path("host"),
            reason: "is required because postgres.mode is external",
            fix: fixCommand(path("host"), "pg.example.org"),
          },
        ]
      : []),
    ...(external.cidrs.length === 0
      ? [
          {
            path: path("cidrs"),
            reason: "network policies need addresses because they cannot contain host names",
            fix: fixCommand(path("cidrs", 0), "10.0.0.5/32"),
          },
        ]
      : []),
    ...(external.sslMode === "disable" && profile === "prod"
      ? [
          {
            path: path("sslMode"),
            value: "disable",
            reason: "in prod, connections to a database outside the cluster are encrypted",
            fix: fixCommand(path("sslMode"), "verify-full"),
          },
        ]
      : []),
  ];
}

function databaseProblems({ external }: PostgresConfig, users: readonly string[]): ConfigProblem[] {
  const { databases } = external;
  const at = (index: number, ...keys: string[]) => ["postgres", "external", "databases", index, ...keys];
  const missing = users
    .filter((user) => !databases.some(({ consumer }) => consumer === user))
    .map((user, index) => ({
      path: ["postgres", "external", "databases"],
      reason: `${user} stores its data in PostgreSQL, and the external server has no database for it`,
      fix: [
        { keys: ["consumer"], value: user },
        { keys: ["database"], value: user },
        { keys: ["role"], value: user },
        { keys: ["secret", "name"], value: `${user}-database` },
      ]
        .map(({ keys, value }) => fixCommand(at(databases.length + index, ...keys), value))
        .join(" && "),
    }));
  const repeated = databases.flatMap((entry, index) =>
    (["consumer", "database"] as const)
      .filter((key) => databases.slice(0, index).some((other) => other[key] === entry[key]))
      .map((key) => ({
        path: at(index, key),
        value: entry[key],
        reason:
          key === "consumer"
            ? "one consumer has one database"
            : "two consumers in one database could read and break each other's data",
        fix: fixCommand(at(index, key), `another-${entry[key]}`),
      })),
  );
  return [...missing, ...repeated];
}
