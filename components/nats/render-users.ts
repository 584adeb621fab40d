import { byFirst } from "../core/sorted.ts";
import { DEFAULT_REPLIES, inboxPrefix, type Login, type NatsUser, publishedSubjects } from "./users.ts";

/** A login with the bcrypt hash of its password. */
export interface HashedLogin extends Login {
  readonly hash: string;
}

const DEFAULT_ACCOUNT = "main";

/**
 * The accounts and users of a server, as a file that the configuration includes. It contains hashes, not passwords.
 * It does not depend on the order of users.
 */
export function renderUsers(logins: readonly HashedLogin[]): string {
  const accounts = Map.groupBy(logins, ({ user }) => user.account ?? DEFAULT_ACCOUNT);
  return `accounts {\n${[...accounts].sort(byFirst).map(renderAccount).join("")}}\n`;
}

function renderAccount([account, logins]: readonly [string, readonly HashedLogin[]]): string {
  const users = logins.map((login) => [login.name, renderUser(login)] as const).sort(byFirst);
  return [
    `  ${quoted(account)}: {`,
    "    jetstream: enabled",
    "    users: [",
    ...users.map(([, user]) => `      ${user}`),
    "    ]",
    "  }",
    "",
  ].join("\n");
}

/** The hash is quoted: the parser takes an unquoted `$` for a variable (docs/references.md#nats-configuration). */
function renderUser({ name, hash, user }: HashedLogin): string {
  return `{ user: ${quoted(name)}, password: ${quoted(hash)}, permissions: ${renderPermissions(user)} }`;
}

/** A user may answer a request that it received, to any subject. So no user needs the right to publish to inboxes. */
function renderPermissions(user: NatsUser): string {
  const subscribe = [`${inboxPrefix(user)}.>`, ...user.subscribe];
  const { max, seconds } = user.replies ?? DEFAULT_REPLIES;
  return [
    `{ publish: ${renderSubjects(publishedSubjects(user))}`,
    `subscribe: ${renderSubjects(subscribe)}`,
    `allow_responses: { max: ${String(max)}, expires: "${String(seconds)}s" } }`,
  ].join(", ");
}

/** NATS reads an empty list of allowed subjects as "all" unless `allow_responses` is set: `deny` states "none". */
function renderSubjects(allowed: readonly string[]): string {
  if (allowed.length === 0) return `{ deny: [">"] }`;
  return `{ allow: [${[...allowed].sort().map(quoted).join(", ")}] }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
