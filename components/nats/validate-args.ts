import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { NatsArgs } from "./args.ts";
import { DEFAULT_REPLIES, isNatsName, isSubject, loginsOf, type NatsUser } from "./users.ts";

/** Problems with the arguments of a server; empty if they are valid. */
export function validateNatsArgs({ users, secrets = {}, storageGi }: NatsArgs): ArgumentProblem[] {
  return [
    ...(users.length > 0
      ? []
      : [{ propertyPath: "users", reason: "must not be empty: a server without users lets everybody in" }]),
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
        reason: "is the password of no user: a user's name, a dash, and one of its passwords' numbers",
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
              reason: "must be letters, digits and dashes, beginning with a letter, at most 31",
            },
          ],
    ),
    ...(before.some((other) => other.name === name)
      ? [{ propertyPath: "name", reason: `is the name of another user, too: "${name}"` }]
      : []),
    ...Object.entries({ publish, subscribe }).flatMap(([list, subjects]) =>
      subjects.flatMap((subject, index) =>
        isSubject(subject)
          ? []
          : [{ propertyPath: `${list}[${String(index)}]`, reason: `is no subject: "${subject}"` }],
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
      : [{ propertyPath: "passwords", reason: "must be whole numbers from 1, each once, at least one" }]),
  ];
}
