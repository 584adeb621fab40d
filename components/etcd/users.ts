import { sortedEntries } from "../core/sorted.ts";

/** Who may do everything, the Job that sets the users first of all. */
export const ROOT = "root";
/** The variable of the Job that holds the password of {@link ROOT}. */
export const ROOT_PASSWORD_VARIABLE = "ROOT_PASSWORD";

const USER = /^[a-z][a-z0-9-]{0,30}$/;

/** Why a name cannot be a user's; nothing when it can. */
export function userProblem(name: string): string | undefined {
  if (!USER.test(name)) return `must match ${USER.source}: it names a user, and its keys begin with it`;
  return name === ROOT ? "is the user that may do everything" : undefined;
}

/** What every key of a user begins with. */
export function keyPrefix(user: string): string {
  return `/${user}/`;
}

/** The variable of the Job that holds a user's password. Names have no underscores, so no two are one. */
export function passwordVariable(user: string): string {
  return `PASSWORD_${user.replaceAll("-", "_").toUpperCase()}`;
}

/** What the Job's script reads. It holds no secret: it names variables. */
export function renderUsers(users: Readonly<Record<string, unknown>>): string {
  const wanted = sortedEntries(users).map(([name]) => ({
    name,
    keyPrefix: keyPrefix(name),
    passwordVariable: passwordVariable(name),
  }));
  return `${JSON.stringify({ users: wanted }, undefined, 2)}\n`;
}
