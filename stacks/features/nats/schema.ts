import { z } from "zod";
import { DEFAULT_ACCOUNT, DEFAULT_STREAMS } from "../../../components/nats/accounts.ts";
import { MAX_CONNECTIONS } from "../../../components/nats/render-server.ts";
import { DEFAULT_REPLIES, isNatsName, isSubject } from "../../../components/nats/users.ts";
import { labelValue, namespaceName, storageClass } from "../../schema/names.ts";
import { secretSourceSchema } from "../../schema/secret-source.ts";

const name = z.string().refine(isNatsName, "letters, digits and dashes, beginning with a letter, at most 31");
const subject = z
  .string()
  .refine(isSubject, "a subject, perhaps with wildcards: orders.new, orders.*, orders.>")
  .meta({ example: "orders.>" });

const password = secretSourceSchema.extend({
  number: z
    .int()
    .min(1)
    .describe("Identifies one of a user's passwords. The login is `<name>-<number>`.")
    .meta({ example: "2" }),
});

const user = z.strictObject({
  name: name.describe("Prefix of its login names. Its inbox is `_INBOX.<name>`.").meta({ example: "orders" }),
  namespace: namespaceName
    .describe("Namespace of its pods. Its Secret, with `password` and `url`, is created there.")
    .meta({ example: "default" }),
  pods: labelValue
    .optional()
    .describe("Label `app.kubernetes.io/name` of the pods that may connect; the user's name when left out.")
    .meta({ example: "orders" }),
  account: name
    .default(DEFAULT_ACCOUNT)
    .describe(
      "Users of one account share its subjects and streams. Users of different accounts cannot see each other's.",
    )
    .meta({ example: "main" }),
  publish: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may publish to. With `$JS.API.>` it can create streams and therefore read and write every subject of its account (docs/nats.md). A user that may create or read consumers may also acknowledge messages (`$JS.ACK.>`).",
    ),
  subscribe: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may subscribe to, in addition to its own inbox. Set the inbox prefix of a client that sends requests to `_INBOX.<name>`.",
    ),
  consumes: z
    .array(
      z.strictObject({
        stream: name
          .describe("A stream of `nats.streams`, in the account of the user.")
          .meta({ example: "orders" }),
        consumer: name.describe("A consumer of the stream.").meta({ example: "billing" }),
      }),
    )
    .default([])
    .describe("Consumers that it may fetch from and acknowledge to, without any right to create streams."),
  replies: z
    .strictObject({
      max: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(DEFAULT_REPLIES.max)
        .describe("Messages per request. A streamed response has one message per part.")
        .meta({ example: "1" }),
      seconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(DEFAULT_REPLIES.seconds)
        .describe("Seconds for the whole response, from the arrival of the request.")
        .meta({ example: "120" }),
    })
    .prefault({})
    .describe("How it may respond to requests that it receives, on any reply subject."),
  passwords: z
    .array(password)
    .min(1)
    .prefault([{ number: 1 }])
    .describe(
      "Valid passwords. The first is in its Secret. To change it: add a second, move it to the front, then remove the old one.",
    ),
});

const share = (max: number) => z.int().min(1).max(max).optional();

const account = z.strictObject({
  storageMi: share(64 * 1024 * 1024)
    .describe("Of streams on disk, in MiB; each copy counts. An equal part of the rest when left out.")
    .meta({ example: "2048" }),
  memoryMi: share(1024)
    .describe("Of streams in memory, in MiB; each copy counts. An equal part of the rest when left out.")
    .meta({ example: "64" }),
  connections: share(MAX_CONNECTIONS)
    .describe("Clients at the same time. An equal part of the rest when left out.")
    .meta({ example: "200" }),
  streams: z
    .int()
    .min(1)
    .max(10_000)
    .default(DEFAULT_STREAMS)
    .describe("Number of streams.")
    .meta({ example: "20" }),
});

const consumer = z.strictObject({
  name: name.describe("Its name, unique in the stream.").meta({ example: "billing" }),
  subjects: z
    .array(subject)
    .default([])
    .describe("Subjects of the stream that it delivers; all when left out."),
  ackSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(30)
    .describe("Time until a message that was not acknowledged is delivered again.")
    .meta({ example: "300" }),
  maxPending: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe("Most messages that are delivered and not acknowledged.")
    .meta({ example: "100" }),
  maxDeliveries: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("How often a message is delivered; until it is acknowledged when left out.")
    .meta({ example: "5" }),
});

const stream = z.strictObject({
  name: name.describe("Its name, unique in the account.").meta({ example: "orders" }),
  account: name.default(DEFAULT_ACCOUNT).describe("The account of its users.").meta({ example: "main" }),
  subjects: z.array(subject).min(1).describe("Subjects whose messages it stores."),
  storage: z
    .enum(["file", "memory"])
    .default("file")
    .describe("Where it stores them.")
    .meta({ example: "file" }),
  retention: z
    .enum(["limits", "interest", "workqueue"])
    .default("limits")
    .describe(
      "When messages are deleted: by its limits, or after every consumer (`interest`) or one (`workqueue`) has acknowledged them.",
    )
    .meta({ example: "workqueue" }),
  maxMi: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .describe(
      "Most of each copy, in MiB. A full stream deletes its oldest messages; a full work queue takes no more.",
    )
    .meta({ example: "512" }),
  maxAgeSeconds: z
    .int()
    .min(0)
    .max(315_360_000)
    .default(0)
    .describe("Age at which messages are deleted; 0 for no limit.")
    .meta({ example: "604800" }),
  replicas: z
    .literal([1, 3])
    .optional()
    .describe("Number of copies; `nats.replicas` when left out.")
    .meta({ example: "3" }),
  consumers: z.array(consumer).default([]).describe("Consumers that users fetch from."),
});

/** The section `nats` of a stack's configuration. */
export const natsSchema = z
  .strictObject({
    replicas: z
      .literal([1, 3])
      .default(1)
      .describe(
        "Number of servers. Three form a cluster. When one server becomes a cluster, its streams stay behind on its volume.",
      )
      .meta({ example: "3" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(10)
      .describe("Size of each server's volume, in GiB. It cannot change later.")
      .meta({ example: "20" }),
    storageClass: storageClass("volumes"),
    users: z.array(user).default([]).describe("All users. Nothing else can log in."),
    accounts: z
      .record(name, account)
      .default({})
      .describe(
        "What the users of an account may use together, by the account's name. Together not more than the servers have.",
      ),
    streams: z
      .array(stream)
      .default([])
      .describe(
        "Streams that the platform creates, for users without the right to create streams. A stream that is removed here stays.",
      ),
  })
  .prefault({})
  .describe("The NATS server.");

/** The part of a stack's configuration that this feature reads. */
export interface NatsConfigPart {
  readonly profile: "dev" | "prod";
  readonly nats: z.output<typeof natsSchema>;
}

declare module "../../feature.ts" {
  interface Sections {
    readonly nats: z.output<typeof natsSchema>;
  }
  interface Toggles {
    readonly nats: boolean;
  }
}
