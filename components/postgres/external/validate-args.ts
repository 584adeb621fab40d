import type { ArgumentProblem } from "../../core/invalid-args.ts";
import { addressProblems } from "../../core/network/render-address-egress.ts";
import type { PostgresExternalArgs } from "./args.ts";

/** Characters that need no escaping in a URL. */
const NAME = /^[A-Za-z0-9_.~-]+$/;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** Problems with the arguments of an external server; empty if they are valid. */
export function validatePostgresExternalArgs(args: PostgresExternalArgs): ArgumentProblem[] {
  const problems = addressProblems("", args);
  if (!HOST.test(args.host)) {
    problems.push({ propertyPath: "host", reason: "must be a host name or an IPv4 address" });
  }
  const owners = new Map<string, string>();
  for (const [consumer, { database, role, password, callers }] of Object.entries(args.consumers)) {
    const path = `consumers[${JSON.stringify(consumer)}]`;
    for (const [key, value] of Object.entries({ database, role })) {
      if (!NAME.test(value)) {
        problems.push({
          propertyPath: `${path}.${key}`,
          reason: `must match ${NAME.source}: it is part of a URL`,
        });
      }
    }
    const owner = owners.get(database);
    if (owner !== undefined) {
      problems.push({ propertyPath: `${path}.database`, reason: `is already the database of ${owner}` });
    }
    owners.set(database, consumer);
    if (password.kind === "generated") {
      problems.push({
        propertyPath: `${path}.password`,
        reason: "must be a configured value, because the server is external",
      });
    }
    if (callers.length === 0) {
      problems.push({ propertyPath: `${path}.callers`, reason: "must not be empty: no pod could connect" });
    }
  }
  return problems;
}
