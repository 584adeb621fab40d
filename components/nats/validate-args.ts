import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { NatsArgs } from "./args.ts";
import { sharingProblems } from "./sharing.ts";
import { DEFAULT_REPLIES, isNatsName, isSubject, loginsOf, type NatsUser } from "./users.ts";

/** Problems with the arguments of a server; empty if they are valid. */
export function validateNatsArgs(args: NatsArgs): ArgumentProblem[] {
  const { users, secrets = {}, storageGi } = args;
  return [
    ...sharingProblems(args).map(({ path, reason }) => ({ propertyPath: propertyPath(path), reason })),
    ...(users.length > 0
      ? []
      : [{ propertyPath: "users", reason: "must not be empty: a server without users admits every client" }]),
    ...users.flatMap((user, index) =>
      userProblems(user, users.slice(0, index)).map(({ propertyPath, reason }) => ({
        propertyPath: `users[${String(index)}].${propertyPath}`,
        reason,
      })),
    ),
    ...Object.keys(secrets)
      .filter((login) => !users.flatMap(loginsOf).some(({ name }) => name === login))
      .map((login) => ({
        propertyPath: `secrets[${JSON.stringify(login)}]`,
        reason:
          "belongs to no user: the name is a user's name, a dash, and the number of one of its passwords",
      })),
    ...(Number.isInteger(storageGi) && storageGi >= 1
      ? []
      : [{ propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" }]),
  ];
}

function userProblems(user: NatsUser, before: readonly NatsUser[]): ArgumentProblem[] {
  const { name, account, publish, subscribe, replies = DEFAULT_REPLIES, passwords = [1] } = user;
  return [
    ...[name, ...(account === undefined ? [] : [account])].flatMap((text, index) =>
      isNatsName(text)
        ? []
        : [
            {
              propertyPath: index === 0 ? "name" : "account",
              reason: "must be at most 31 letters, digits and dashes, and begin with a letter",
            },
          ],
    ),
    ...(before.some((other) => other.name === name)
      ? [{ propertyPath: "name", reason: `is already the name of another user: "${name}"` }]
      : []),
    ...Object.entries({ publish, subscribe }).flatMap(([list, subjects]) =>
      subjects.flatMap((subject, index) =>
        isSubject(subject)
          ? []
          : [{ propertyPath: `${list}[${String(index)}]`, reason: `is not a valid subject: "${subject}"` }],
      ),
    ),
    // The server would take zero for its own default, and a negative number for no limit.
    ...Object.entries({ max: replies.max, seconds: replies.seconds }).flatMap(([key, value]) =>
      Number.isInteger(value) && value >= 1
        ? []
        : [{ propertyPath: `replies.${key}`, reason: "must be a whole number, at least 1" }],
    ),
    ...(new Set(passwords).size === passwords.length &&
    passwords.length > 0 &&
    passwords.every((number) => Number.isInteger(number) && number > 0)
      ? []
      : [{ propertyPath: "passwords", reason: "must be one or more different whole numbers, at least 1" }]),
  ];
}

/** `["streams", 0, "maxMi"]` -> `streams[0].maxMi` */
function propertyPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`),
    "",
  );
}
