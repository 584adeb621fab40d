import { z } from "zod";
import { exposureSchema } from "../../schema/exposure.ts";
import { storageClass } from "../../schema/names.ts";
import { publicUrlSchema } from "../../schema/public-url.ts";

/** The section `chat` of a stack's configuration. */
export const chatSchema = z
  .strictObject({
    adminEmail: z
      .string()
      .regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$/, "an e-mail address")
      .default("admin@localhost")
      .describe(
        "The e-mail address of the administrator, who is created at the first start. Other people can sign up only if an administrator allows it.",
      )
      .meta({ example: "admin@example.org" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(10)
      .describe("Size of the volume with the uploads, in GiB. It can grow, but not shrink.")
      .meta({ example: "20" }),
    storageClass: storageClass("volume"),
    sharedStorage: z
      .boolean()
      .default(false)
      .describe(
        "Requests a volume that pods on several nodes can write to (ReadWriteMany). More than one pod needs it. It cannot change later.",
      )
      .meta({ example: "true" }),
    replicas: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe("Number of pods. More than one needs Redis and a shared volume.")
      .meta({ example: "2" }),
    publicUrl: publicUrlSchema,
    exposure: exposureSchema,
  })
  .prefault({})
  .describe("The chat interface, Open WebUI.");

export type ChatConfig = z.output<typeof chatSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly chat: ChatConfig;
  }
  interface Toggles {
    readonly chat: boolean;
  }
  interface Credentials {
    readonly postgresOpenWebui: string;
    readonly redisOpenWebui: string;
    readonly openWebuiAdmin: string;
    readonly openWebuiSecretKey: string;
  }
}
