import type { ArgumentProblem } from "../invalid-args.ts";
import type { PostgresArgs } from "./index.ts";
import { roleNameProblem } from "./render-roles.ts";

/** What is wrong with the arguments of a server; nothing when they fit. */
export function validatePostgresArgs(args: PostgresArgs): ArgumentProblem[] {
  const problems: ArgumentProblem[] = Object.keys(args.consumers).flatMap((consumer) => {
    const problem = roleNameProblem(consumer);
    if (problem === undefined) return [];
    return [
      {
        propertyPath: `consumers[${JSON.stringify(consumer)}]`,
        reason: `${problem}: it names a role, a database and an environment variable`,
      },
    ];
  });
  if (!Number.isInteger(args.storageGi) || args.storageGi < 1) {
    problems.push({ propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" });
  }
  return problems;
}
