import { sortedEntries } from "../core/sorted.ts";

/** The user with all rights, which the Job uses. */
const ROOT = "root";
/** The Job's environment variable with the password of {@link ROOT}. */
export const ROOT_PASSWORD_VARIABLE = "ROOT_PASSWORD";

const USER = /^[a-z][a-z0-9-]{0,30}$/;

/** Why a name is not a valid user name; undefined if it is. */
export function userProblem(name: string): string | undefined {
  if (!USER.test(name)) return `must match ${USER.source}: it names a user, and its keys begin with it`;
  return name === ROOT ? "is the user that may do everything" : undefined;
}

/** Prefix of every key of a user. */
export function keyPrefix(user: string): string {
  return `/${user}/`;
}

/**
 * The Job's environment variable with the password of a user. User names have no underscores, so the result is
 * unique.
 */
export function passwordVariable(user: string): string {
  return `PASSWORD_${user.replaceAll("-", "_").toUpperCase()}`;
}

/** The input of the Job's script. It contains names of variables, no secrets. */
export function renderUsers(users: Readonly<Record<string, unknown>>): string {
  const wanted = sortedEntries(users).map(([name]) => ({
    name,
    keyPrefix: keyPrefix(name),
    passwordVariable: passwordVariable(name),
  }));
  return `${JSON.stringify({ users: wanted }, undefined, 2)}\n`;
}
