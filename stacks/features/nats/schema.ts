import { z } from "zod";
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
    .default("main")
    .describe(
      "Users of one account share its subjects and streams. Users of different accounts cannot see each other's.",
    )
    .meta({ example: "main" }),
  publish: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may publish to. With `$JS.API.>` it can create streams and therefore read every subject of its account. A user that may create or read consumers may also acknowledge messages (`$JS.ACK.>`).",
    ),
  subscribe: z
    .array(subject)
    .default([])
    .describe(
      "Subjects that it may subscribe to, in addition to its own inbox. Set the inbox prefix of a client that sends requests to `_INBOX.<name>`.",
    ),
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
