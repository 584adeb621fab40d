import type { ArgumentProblem } from "../core/invalid-args.ts";
import { connectionProblems, consumerProblems, storageProblems } from "./consumers.ts";
import type { PostgresArgs } from "./args.ts";

/** Problems with the arguments of a server; empty if they are valid. */
export function validatePostgresArgs(args: PostgresArgs): ArgumentProblem[] {
  const problems = [
    ...consumerProblems(args.consumers),
    ...storageProblems(args.storageGi),
    ...connectionProblems(args),
  ];
  const run = args.rolesRun ?? 0;
  if (!Number.isInteger(run) || run < 0) {
    problems.push({ propertyPath: "rolesRun", reason: "must be a whole number, at least 0" });
  }
  return problems;
}
