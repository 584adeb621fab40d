import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { PlacedSource } from "../../rules/secrets.ts";
import type { NatsConfigPart } from "./schema.ts";

/** What is wrong between the keys of the section. Call it when the feature is on. */
export function natsProblems({ nats: { users } }: NatsConfigPart): ConfigProblem[] {
  if (users.length === 0) {
    return [
      {
        path: ["nats", "users"],
        reason: "a server without users lets everybody in",
        fix: [
          fixCommand(["nats", "users", 0, "name"], "orders"),
          fixCommand(["nats", "users", 0, "namespace"], "default"),
          fixCommand(["nats", "users", 0, "publish", 0], "orders.>"),
        ].join(" && "),
      },
    ];
  }
  return users.flatMap(({ name: own, publish, subscribe, passwords }, index) => {
    const path = ["nats", "users", index];
    return [
      ...(users.findIndex((other) => other.name === own) === index
        ? []
        : [
            {
              path: [...path, "name"],
              value: own,
              reason: "is the name of another user, too",
              fix: fixCommand([...path, "name"], `${own}-${index}`),
            },
          ]),
      ...(publish.length + subscribe.length > 0
        ? []
        : [
            {
              path: [...path, "publish"],
              value: publish,
              reason: "the user may neither publish nor subscribe to anything",
              fix: fixCommand([...path, "publish", 0], `${own}.>`),
            },
          ]),
      ...(new Set(passwords.map(({ number }) => number)).size === passwords.length
        ? []
        : [
            {
              path: [...path, "passwords"],
              value: passwords.map(({ number }) => number),
              reason: "has two passwords of one number",
              fix: removeCommand([...path, "passwords"]),
            },
          ]),
    ];
  });
}

/** Where the users' passwords come from, for the rules of `secrets`. The servers know each by its bcrypt hash alone. */
export function natsPasswordSources({ nats: { users } }: NatsConfigPart): PlacedSource[] {
  return users.flatMap(({ passwords }, index) =>
    passwords.map((config, place) => ({
      path: ["nats", "users", index, "passwords", place],
      config,
      hashed: true,
    })),
  );
}
