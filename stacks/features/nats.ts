import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { SecretSource } from "../../components/credential/source.ts";
import type { Image } from "../../components/images.ts";
import { NATS, natsEndpoints } from "../../components/nats/endpoints.ts";
import { Nats } from "../../components/nats/index.ts";
import { isNatsName, isSubject } from "../../components/nats/users.ts";
import type { Edge } from "../../components/network/endpoint.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";

const STORAGE_CLASS = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** A Kubernetes name (RFC 1123 label). */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const name = z.string().refine(isNatsName, "letters, digits and dashes, beginning with a letter, at most 31");
const subject = z
  .string()
  .refine(isSubject, "a subject, perhaps with wildcards: orders.new, orders.*, orders.>")
  .meta({ example: "orders.>" });

const user = z.strictObject({
  name: name
    .describe("Begins the names that it logs in with; its inbox is `_INBOX.<name>`.")
    .meta({ example: "orders" }),
  namespace: z
    .string()
    .regex(LABEL, "the name of a namespace")
    .describe("Namespace of its pods: its Secret, with `password` and `url`, is made there.")
    .meta({ example: "default" }),
  pods: z
    .string()
    .regex(LABEL, "the value of a label")
    .optional()
    .describe("Label `app.kubernetes.io/name` of the pods that may connect; the user's name when left out.")
    .meta({ example: "orders" }),
  account: name
    .default("main")
    .describe(
      "Users of one account share its subjects and streams; those of different accounts never see each other's.",
    )
    .meta({ example: "main" }),
  publish: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may send to. With `$JS.API.>` it may make streams, and so read every subject of its account.",
    ),
  subscribe: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may read, besides its own inbox: a client that asks is told `_INBOX.<name>` as its prefix.",
    ),
  passwords: z
    .array(z.int().min(1).meta({ example: "2" }))
    .min(1)
    .default([1])
    .describe(
      "Numbers of the passwords that are valid; the first is in its Secret. A new one: `[1,2]`, then `[2,1]`, then `[2]`.",
    ),
});

/** The section `nats` of a stack's configuration. */
export const natsSchema = z
  .strictObject({
    replicas: z
      .literal([1, 3])
      .default(1)
      .describe(
        "Number of servers. Three are a cluster; streams of one server stay behind on its volume when it becomes a cluster.",
      )
      .meta({ example: "3" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(10)
      .describe("Size of each server's volume, in GiB. It cannot change later.")
      .meta({ example: "20" }),
    storageClass: z
      .string()
      .regex(STORAGE_CLASS, "the name of a StorageClass")
      .optional()
      .describe("StorageClass of the volumes; the cluster's default when left out.")
      .meta({ example: "standard" }),
    users: z.array(user).default([]).describe("Everybody who can log in."),
  })
  .prefault({})
  .describe("The NATS server.");

/** What this feature reads of a stack's configuration. */
export interface NatsConfigPart {
  readonly profile: "dev" | "prod";
  readonly nats: z.output<typeof natsSchema>;
}

/** What is wrong between the keys of the section. Call it when the feature is on. */
export function natsProblems({ nats: { users } }: NatsConfigPart): ConfigProblem[] {
  if (users.length === 0) {
    return [
      {
        path: ["nats", "users"],
        reason: "a server without users lets everybody in",
        fix: [["name"], ["namespace"], ["publish", 0]]
          .map((key) => fixCommand(["nats", "users", 0, ...key]))
          .join(" && "),
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
      ...(new Set(passwords).size === passwords.length
        ? []
        : [
            {
              path: [...path, "passwords"],
              value: passwords,
              reason: "names a password twice",
              fix: removeCommand([...path, "passwords"]),
            },
          ]),
    ];
  });
}

/** The traffic that NATS needs: users' pods to the servers, and servers to each other. */
export function natsEdges({ nats: { users, replicas } }: NatsConfigPart, namespace: string): Edge[] {
  const { server } = natsEndpoints(namespace);
  return [
    ...users.map((each) => ({
      from: {
        outside: {
          namespace: each.namespace,
          podLabels: { "app.kubernetes.io/name": each.pods ?? each.name },
        },
      },
      to: server,
      ports: ["client"],
    })),
    ...(replicas === 1 ? [] : [{ from: server, to: server, ports: ["cluster"] }]),
  ];
}

/** What the platform hands to this feature. */
export interface NatsUpstream {
  readonly namespace: string;
  readonly image: Image;
  /** Where passwords come from, by login (`orders-1`); generated where nothing is said. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
}

/** The servers, with a connection a user. */
export function buildNats(
  { profile, nats }: NatsConfigPart,
  { namespace, image, secrets = {} }: NatsUpstream,
  opts: pulumi.ComponentResourceOptions,
): Nats {
  const { replicas, storageGi, storageClass, users } = nats;
  return new Nats(
    NATS,
    {
      namespace,
      image,
      users,
      secrets,
      replicas,
      storageGi,
      ...(storageClass === undefined ? {} : { storageClass }),
      retain: profile === "prod",
    },
    opts,
  );
}
