import type { ArgumentProblem } from "../invalid-args.ts";
import type { CredentialArgs } from "./args.ts";
import { isSeen } from "./source.ts";

/** Labels that the operator keeps unchanged; it rewrites all others (formatSecretDataName, operator 1.12). */
export const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;

/** Problems with the arguments of a credential; empty if they are valid. */
export function validateCredentialArgs(args: CredentialArgs): ArgumentProblem[] {
  const { source = { kind: "generated" } } = args;
  const problems: ArgumentProblem[] = [];
  if (args.hashed === true && source.kind !== "generated" && source.bcryptHash === undefined) {
    problems.push({
      propertyPath: "source.bcryptHash",
      reason:
        "is required: the server knows this value by its bcrypt hash, which is made for generated values only",
    });
  }
  if (args.hashed === true && source.kind === "generated" && (source.prefix ?? "") !== "") {
    problems.push({
      propertyPath: "source.prefix",
      reason: "must be empty: the hash does not cover it",
    });
  }
  if (source.kind === "onepassword-operator" && !SECRET_KEY.test(source.field)) {
    problems.push({
      propertyPath: "source.field",
      reason: 'must be letters, digits, "-", "_" and ".": the operator rewrites other labels',
    });
  }
  if (!isSeen(source)) {
    for (const key of Object.keys(args.derived ?? {})) {
      problems.push({
        propertyPath: `derived.${key}`,
        reason: `cannot be derived: the program cannot read the value of an existing Secret`,
      });
    }
  }
  if (Object.hasOwn(args.derived ?? {}, args.key)) {
    problems.push({ propertyPath: `derived.${args.key}`, reason: "is already the key of the value itself" });
  }
  return problems;
}
