import { sortedEntries } from "../core/sorted.ts";
import { PROBE_USER } from "./consumers.ts";
import { CONFIG_FILE, PATHS } from "./render-config.ts";

/** The environment variable from which redis-cli and valkey-cli read a password. */
export const PROBE_PASSWORD_VARIABLE = "REDISCLI_AUTH";

/** A user of the server, with its access beyond the keys and channels of its own prefix. */
export interface RedisUser {
  /**
   * Exact names of channels, for applications that cannot use a prefix.
   * @default none
   */
  readonly channels?: readonly string[];
}

/**
 * What consumers must not do: read or change the server (`CONFIG`, `ACL`), empty it (`FLUSHALL`), remove the
 * scripts of others, or list keys, channels and clients of others, which key rules do not cover (`KEYS`, `SCAN`,
 * `CLIENT TRACKING`). `INFO` is in a dangerous category but returns only numbers; LiteLLM reads the version from
 * it.
 */
const COMMANDS =
  "+@all -@admin -@dangerous +info -scan -randomkey -client|tracking -pubsub -function -script|flush -script|kill";

/** Why a channel name is not valid in a rule; undefined if it is. A pattern would open channels of other tenants. */
export function channelProblem(channel: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/.test(channel)
    ? undefined
    : "must contain only letters, digits and _ . : -";
}

/** Environment variable with a user's password. */
export function passwordVariable(user: string): string {
  return `PASSWORD_${user.toUpperCase()}`;
}

/**
 * A script that writes the users of the server to memory and then becomes the server. Passwords come from the
 * environment, so each can be in a Secret that the program never reads. The script hashes them, so they need no
 * escaping. No password is in the arguments of a process, and the server does not inherit them.
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
