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
    .describe("Tells a user's passwords apart: its login is `<name>-<number>`.")
    .meta({ example: "2" }),
});

const user = z.strictObject({
  name: name
    .describe("Begins the names that it logs in with; its inbox is `_INBOX.<name>`.")
    .meta({ example: "orders" }),
  namespace: namespaceName
    .describe("Namespace of its pods: its Secret, with `password` and `url`, is made there.")
    .meta({ example: "default" }),
  pods: labelValue
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
      "Subjects that it may send to. With `$JS.API.>` it may make streams, and so read every subject of its account. A user that may make consumers or fetch from them may acknowledge messages, too (`$JS.ACK.>`).",
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
        .describe("Messages per question: a streamed answer has one for each of its parts.")
        .meta({ example: "1" }),
      seconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(DEFAULT_REPLIES.seconds)
        .describe("Time for the whole answer, from the arrival of the question on.")
        .meta({ example: "120" }),
    })
    .prefault({})
    .describe("How it may answer questions that it reads, wherever the answer goes to."),
  passwords: z
    .array(password)
    .min(1)
    .prefault([{ number: 1 }])
    .describe(
      "Passwords that are valid; the first is in its Secret. To change one: add a second, put it first, take the old one away.",
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
    storageClass: storageClass("volumes"),
    users: z.array(user).default([]).describe("Everybody who can log in."),
  })
  .prefault({})
  .describe("The NATS server.");

/** What this feature reads of a stack's configuration. */
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
