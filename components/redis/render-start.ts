import { sortedEntries } from "../core/sorted.ts";
import { PROBE_USER } from "./consumers.ts";
import { CONFIG_FILE, PATHS } from "./render-config.ts";

/** What redis-cli and valkey-cli read a password from. */
export const PROBE_PASSWORD_VARIABLE = "REDISCLI_AUTH";

/** A user of the server, by what it may touch besides the keys and channels of its own prefix. */
export interface RedisUser {
  /**
   * Channels by exact name, for applications that cannot give theirs a prefix.
   * @default none
   */
  readonly channels?: readonly string[];
}

/**
 * What no consumer may do: read or change the server (`CONFIG`, `ACL`), empty it (`FLUSHALL`), take the others' scripts
 * away, or learn the names of their keys, channels and clients, which the rules for keys do not cover (`KEYS`, `SCAN`,
 * `CLIENT TRACKING`). `INFO` is dangerous by category, and tells only numbers; LiteLLM reads the version from it.
 */
const COMMANDS =
  "+@all -@admin -@dangerous +info -scan -randomkey -client|tracking -pubsub -function -script|flush -script|kill";

/** Why a channel's name cannot be in a rule; nothing when it can. A pattern would open other tenants' channels. */
export function channelProblem(channel: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/.test(channel)
    ? undefined
    : "must be letters, digits and _ . : - alone: no pattern, no space";
}

/** Name of the environment variable that holds a user's password. */
export function passwordVariable(user: string): string {
  return `PASSWORD_${user.toUpperCase()}`;
}

/**
 * A script that writes the server's users into memory and becomes the server. Passwords come from the environment, so
 * each can be in a Secret that the program never reads; they are hashed on the way, so none needs escaping. The shell
 * runs no program with a password in its arguments, and the server does not inherit them.
 */
export function renderStart(users: Readonly<Record<string, RedisUser>>): string {
  const sorted = sortedEntries(users);
  const variables = [PROBE_PASSWORD_VARIABLE, ...sorted.map(([user]) => passwordVariable(user))];
  const lines = [
    `user ${PROBE_USER} "$${PROBE_PASSWORD_VARIABLE}" '-@all +ping'`,
    ...sorted.map(([name, { channels = [] }]) => {
      const rules = [`~${name}:*`, `&${name}:*`, ...channels.map((channel) => `&${channel}`), COMMANDS];
      return `user ${name} "$${passwordVariable(name)}" '${rules.join(" ")}'`;
    }),
  ];
  return `#!/bin/sh
set -eu
umask 077
user() {
  [ -n "$2" ] || { echo "the password of $1 is empty" >&2; exit 1; }
  hash="$(printf %s "$2" | sha256sum)"
  echo "user $1 reset on #\${hash%% *} $3"
}
{
  echo 'user default reset off'
${lines.map((line) => `  ${line}`).join("\n")}
} > ${PATHS.run}/users.acl
unset ${variables.join(" ")}
exec valkey-server ${PATHS.config}/${CONFIG_FILE}
`;
}
