import { z } from "zod";
import { userProblem } from "../../../components/etcd/users.ts";
import { MOST_QUOTA_GI } from "../../../components/etcd/validate-args.ts";
import { labelValue, namespaceName, storageClass } from "../../schema/names.ts";

const user = z.strictObject({
  name: z
    .string()
    .refine(
      (name) => userProblem(name) === undefined,
      "lower-case letters, digits and dashes, beginning with a letter, at most 31, and not root",
    )
    .describe(
      "The user name. The user may read and write only the keys below `/<name>/`. Clients use gRPC; the JSON gateway is closed.",
    )
    .meta({ example: "orders" }),
  namespace: namespaceName
    .describe("Namespace of its pods. Its Secret, with `password`, is created there.")
    .meta({ example: "default" }),
  pods: labelValue
    .optional()
    .describe("Label `app.kubernetes.io/name` of the pods that may connect; the user's name when left out.")
    .meta({ example: "orders" }),
});

/** The section `etcd` of a stack's configuration. */
export const etcdSchema = z
  .strictObject({
    members: z
      .literal([1, 3])
      .optional()
      .describe(
        "Number of members; 3 in prod and 1 in dev when left out. A cluster of three survives the loss of one. It cannot change later.",
      )
      .meta({ example: "3" }),
    quotaGi: z
      .int()
      .min(1)
      .max(MOST_QUOTA_GI)
      .default(2)
      .describe(
        "Maximum size of the database, in GiB. Above it etcd rejects writes. All users share it (docs/services.md).",
      )
      .meta({ example: "2" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(8)
      .describe("Size of each member's volume, in GiB. It cannot change later.")
      .meta({ example: "8" }),
    storageClass: storageClass("volumes"),
    users: z.array(user).default([]).describe("All users except root."),
  })
  .prefault({})
  .describe("The etcd cluster.");

export type EtcdConfig = z.output<typeof etcdSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly etcd: EtcdConfig;
  }
  interface Toggles {
    readonly etcd: boolean;
  }
  interface Credentials {
    readonly etcdRoot: string;
  }
}
