import { byFirst } from "../core/sorted.ts";
import type { AccountShare } from "./accounts.ts";
import {
  accountOf,
  DEFAULT_REPLIES,
  inboxPrefix,
  type Login,
  type NatsUser,
  publishedSubjects,
} from "./users.ts";

/** A login with the bcrypt hash of its password. */
export interface HashedLogin extends Login {
  readonly hash: string;
}

/** Limits for each connection and each stream, far above what applications use. */
const SUBSCRIPTIONS_PER_CONNECTION = 1000;
const CONSUMERS_PER_STREAM = 100;

/** The limits of the accounts. */
interface UsersFile {
  readonly shares: Readonly<Record<string, AccountShare>>;
  /**
   * Whether each stream needs a limit of its own. In a cluster the servers learn from it how much a stream may take, so that
   * those of one account do not fill a server that the streams of another are on.
   * @default false
   */
  readonly maxBytesRequired?: boolean;
}

/**
 * The accounts and users of a server, as a file that the configuration includes. It contains hashes, not passwords.
 * It does not depend on the order of users.
 */
export function renderUsers(logins: readonly HashedLogin[], file: UsersFile): string {
  const accounts = [...Map.groupBy(logins, ({ user }) => accountOf(user))].sort(byFirst);
  return `accounts {\n${accounts.map(([account, users]) => renderAccount(account, users, file)).join("")}}\n`;
}

function renderAccount(
  account: string,
  logins: readonly HashedLogin[],
  { shares, maxBytesRequired = false }: UsersFile,
): string {
  const share = shares[account];
  if (share === undefined) throw new Error(`no limits of the account ${account}`);
  const users = logins.map((login) => [login.name, renderUser(login)] as const).sort(byFirst);
  return [
    `  ${quoted(account)}: {`,
    `    jetstream: { ${[
      `max_file: ${share.storageMi}MiB`,
      `max_memory: ${share.memoryMi}MiB`,
      `max_streams: ${share.streams}`,
      `max_consumers: ${CONSUMERS_PER_STREAM}`,
      `max_bytes_required: ${String(maxBytesRequired)}`,
    ].join(", ")} }`,
    `    limits: { max_connections: ${share.connections}, max_subscriptions: ${SUBSCRIPTIONS_PER_CONNECTION} }`,
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
