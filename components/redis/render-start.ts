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
  /**
   * Whether it may run scripts. A script can use the time and the memory of all users, so only applications that need
   * scripts get them.
   * @default false
   */
  readonly scripts?: boolean;
}

/**
 * What consumers may do: use their keys and channels. They must not read or change the server (`CONFIG`, `ACL`,
 * `DEBUG`), empty it (`FLUSHALL`), wait on it (`BLPOP`, `WAIT`), or list keys, channels and clients of others, which key
 * rules do not cover (`KEYS`, `SCAN`, `CLIENT TRACKING`). Only whole categories that are harmless are allowed, so a new
 * command of another category is not. `INFO` is in a dangerous category but returns only numbers; LiteLLM reads the
 * version from it.
 */
const COMMANDS = [
  "+@read +@write +@pubsub +@transaction +@connection",
  "-@admin -@dangerous -@blocking -@scripting +info -scan -randomkey -client|tracking -pubsub",
].join(" ");
/**
 * Scripts of its own, and the time of the server, which the scripts for limits of tokens read. Not `SCRIPT DEBUG`, which
 * stops the server, and nothing that others share (`FUNCTION`).
 */
const SCRIPTS = "+time +eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists";
/** `SCRIPT KILL` and `SHUTDOWN` end a script that would block the server forever. */
const PROBE_COMMANDS = "+ping +script|kill +shutdown";

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
    `user ${PROBE_USER} "$${PROBE_PASSWORD_VARIABLE}" '${PROBE_COMMANDS}'`,
    ...sorted.map(([name, { channels = [], scripts = false }]) => {
      const rules = [
        `~${name}:*`,
        `&${name}:*`,
        ...channels.map((channel) => `&${channel}`),
        COMMANDS,
        ...(scripts ? [SCRIPTS] : []),
      ];
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

/**
 * The liveness probe. While a script runs for too long, the server answers every command with BUSY and ends the script
 * only when it is asked to. A script that has written cannot be ended: the server has to stop, and loses only what that
 * script wrote (https://valkey.io/commands/script-kill/).
 */
export function renderLiveness(): string {
  return `#!/bin/sh
ask() { valkey-cli -e --user ${PROBE_USER} "$@" 2>&1; }
case "$(ask ping)" in
  *PONG*) exit 0 ;;
  *BUSY*) ask script kill || ask shutdown nosave ;;
  *) exit 1 ;;
esac
`;
}
