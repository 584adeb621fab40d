import { z } from "zod";
import { NFS_DRIVER_CHART } from "../../../components/storage/chart.ts";
import { mountOptionProblem, NFS_SERVER, NFS_SHARE } from "../../../components/storage/validate-args.ts";
import { chartKeys } from "../../schema/chart.ts";
import { namespaceName } from "../../schema/names.ts";

const driver = z
  .strictObject({
    install: z
      .boolean()
      .default(false)
      .describe("Installs csi-driver-nfs. Turn it off if the cluster already has it.")
      .meta({ example: "true" }),
    namespace: namespaceName
      .default("kube-system")
      .describe(
        "An existing namespace that allows privileged pods, because the driver mounts volumes on the nodes.",
      )
      .meta({ example: "kube-system" }),
    ...chartKeys(NFS_DRIVER_CHART),
  })
  .prefault({})
  .describe("The driver `nfs.csi.k8s.io`.");

const userId = (what: string, usual: number) =>
  z
    .int()
    .min(1)
    .max(2_147_483_647)
    .default(usual)
    .describe(`Numeric ${what} of every file on a share that squashes all users.`)
    .meta({ example: usual.toString() });

/** StorageClasses on an NFS server. */
export const storageSchema = z
  .strictObject({
    server: z
      .string()
      .regex(NFS_SERVER, "a host name or an address")
      .optional()
      .describe("The NFS server.")
      .meta({ example: "nas.example.org" }),
    share: z
      .string()
      .regex(NFS_SHARE, "an absolute path")
      .optional()
      .describe(
        "The exported path. Each volume is a directory in it. A client that can mount the share can read all of them.",
      )
      .meta({ example: "/volume1/kubernetes" }),
    mountOptions: z
      .array(
        z
          .string()
          .refine(
            (option) => mountOptionProblem(option) === undefined,
            "a mount option, and `hard`, never `soft`",
          )
          .meta({ example: "nfsvers=4.1" }),
      )
      .default(["nfsvers=4.1", "hard", "noatime"])
      .describe("How nodes mount the share."),
    squashAll: z
      .boolean()
      .default(false)
      .describe(
        "The server maps all users to one user (`all_squash`). Pods with volumes on it run as that user, and nothing is chowned.",
      )
      .meta({ example: "true" }),
    squashUid: userId("user", 1024),
    squashGid: userId("group", 100),
    allowDatabases: z
      .boolean()
      .default(false)
      .describe(
        "Confirms that databases may store their data on NFS in prod, although NFS has weak locks and fsync.",
      )
      .meta({ example: "true" }),
    driver,
  })
  .prefault({})
  .describe("StorageClasses on an NFS server. One keeps the data of deleted claims, the other deletes it.");

export type StorageConfig = z.output<typeof storageSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly storage: StorageConfig;
  }
  interface Toggles {
    readonly storage: boolean;
  }
}
