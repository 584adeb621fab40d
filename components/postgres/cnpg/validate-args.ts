import type { SecretSource } from "../../core/credential/source.ts";
import type { ArgumentProblem } from "../../core/invalid-args.ts";
import { addressProblems } from "../../core/network/render-address-egress.ts";
import { connectionProblems, consumerProblems, storageProblems } from "../consumers.ts";
import type { PostgresClusterArgs } from "./args.ts";
import { UNUSED_DATABASE } from "./render-cluster.ts";
import { PASSWORD_KEY } from "./role-secrets.ts";

/** Roles of the operator, and the owner of the database that initdb creates. */
const TAKEN_NAME = new RegExp(`^(cnpg_.*|streaming_replica|${UNUSED_DATABASE})$`);

/** Problems with the arguments of a cluster; empty if they are valid. */
export function validatePostgresClusterArgs(args: PostgresClusterArgs): ArgumentProblem[] {
  const problems = [
    ...consumerProblems(args.consumers),
    ...storageProblems(args.storageGi),
    ...connectionProblems(args),
    ...addressProblems("apiServer.", args.apiServer),
  ];
  for (const [consumer, { password }] of Object.entries(args.consumers)) {
    const path = `consumers[${JSON.stringify(consumer)}]`;
    if (TAKEN_NAME.test(consumer)) {
      problems.push({ propertyPath: path, reason: "is a name that CloudNativePG reserves" });
    }
    const key = secretKeyOf(password);
    if (key !== undefined && key !== PASSWORD_KEY) {
      problems.push({
        propertyPath: `${path}.password`,
        reason: `has the key "${key}", and CloudNativePG reads only "username" and "${PASSWORD_KEY}"`,
      });
    }
  }
  if (!Number.isInteger(args.instances) || args.instances < 1) {
    problems.push({ propertyPath: "instances", reason: "must be a whole number, at least 1" });
  }
  return problems;
}

/** The key in a Secret that the program does not create. */
function secretKeyOf(source: SecretSource | undefined): string | undefined {
  switch (source?.kind) {
    case "existing":
      return source.key;
    case "onepassword-operator":
      return source.field;
    default:
      return undefined;
  }
}
