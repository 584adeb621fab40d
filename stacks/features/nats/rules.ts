import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { PlacedSource } from "../../rules/secrets.ts";
import { sharingProblems } from "../../../components/nats/sharing.ts";
import { streamsOf } from "./build.ts";
import type { NatsConfigPart } from "./schema.ts";

/** The problems between the keys of the section, if the feature is on. */
export function natsProblems({ nats }: NatsConfigPart): ConfigProblem[] {
  const { users } = nats;
  if (users.length === 0) {
    return [
      {
        path: ["nats", "users"],
        reason: "a server without users admits every client",
        fix: [
          fixCommand(["nats", "users", 0, "name"], "orders"),
          fixCommand(["nats", "users", 0, "namespace"], "default"),
          fixCommand(["nats", "users", 0, "publish", 0], "orders.>"),
        ].join(" && "),
      },
    ];
  }
  return [...userProblems(nats), ...shareProblems(nats)];
}

/** Accounts must not take one another's share, and users consume from streams that exist. */
function shareProblems(nats: NatsConfigPart["nats"]): ConfigProblem[] {
  return sharingProblems({ ...nats, streams: streamsOf(nats) }).map(({ path, reason, value, fix }) => {
    const full = ["nats", ...path];
    return {
      path: full,
      reason,
      ...(value === undefined ? {} : { value }),
      fix:
        fix === undefined ? removeCommand(full.slice(0, path[0] === "users" ? 5 : 3)) : fixCommand(full, fix),
    };
  });
}

function userProblems({ users }: NatsConfigPart["nats"]): ConfigProblem[] {
  return users.flatMap(({ name: own, publish, subscribe, consumes, passwords }, index) => {
    const path = ["nats", "users", index];
    return [
      ...(users.findIndex((other) => other.name === own) === index
        ? []
        : [
            {
              path: [...path, "name"],
              value: own,
              reason: "is already the name of another user",
              fix: fixCommand([...path, "name"], `${own}-${index}`),
            },
          ]),
      ...(publish.length + subscribe.length + consumes.length > 0
        ? []
        : [
            {
              path: [...path, "publish"],
              value: publish,
              reason: "the user has no subject to publish or subscribe to",
              fix: fixCommand([...path, "publish", 0], `${own}.>`),
            },
          ]),
      ...(new Set(passwords.map(({ number }) => number)).size === passwords.length
        ? []
        : [
            {
              path: [...path, "passwords"],
              value: passwords.map(({ number }) => number),
              reason: "has two passwords with the same number",
              fix: removeCommand([...path, "passwords"]),
            },
          ]),
    ];
  });
}

/** Sources of the users' passwords, for the rules of `secrets`. The servers store only their bcrypt hashes. */
export function natsPasswordSources({ nats: { users } }: NatsConfigPart): PlacedSource[] {
  return users.flatMap(({ passwords }, index) =>
    passwords.map((config, place) => ({
      path: ["nats", "users", index, "passwords", place],
      config,
      hashed: true,
    })),
  );
}
