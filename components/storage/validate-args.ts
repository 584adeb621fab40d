import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { StorageArgs } from "./args.ts";

/** A host name or an address; IPv6 in brackets, as mount.nfs wants it. */
export const NFS_SERVER = /^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])$/;
/** An absolute path. `..` would lead out of the export. */
export const NFS_SHARE = /^\/(?!(.*\/)?\.\.(\/|$))[^\s,]*$/;
/** Programs read a time-out of a soft mount as an error, or not at all, and data is lost. */
const LOSES_DATA = /^soft(err|reval)?$/;

/** Whether a mount option is fit for volumes. */
export function mountOptionProblem(option: string): string | undefined {
  if (!/^[a-z_]+(=[\w.:-]+)?$/.test(option)) return "is no mount option";
  return LOSES_DATA.test(option) ? "loses data when the server is slow: `hard` waits" : undefined;
}

/** What is wrong with the arguments of storage; nothing when they fit. */
export function validateStorageArgs(args: StorageArgs): ArgumentProblem[] {
  const { server, share, squash, mountOptions } = args;
  return [
    ...(NFS_SERVER.test(server)
      ? []
      : [{ propertyPath: "server", reason: "must be a host name or an address" }]),
    ...(NFS_SHARE.test(share) ? [] : [{ propertyPath: "share", reason: "must be an absolute path" }]),
    ...mountOptions.flatMap((option, index) => {
      const reason = mountOptionProblem(option);
      return reason === undefined ? [] : [{ propertyPath: `mountOptions[${index}]`, reason }];
    }),
    ...(squash === undefined ? [] : [["uid", squash.uid] as const, ["gid", squash.gid] as const])
      .filter(([, id]) => !Number.isInteger(id) || id < 1)
      .map(([key]) => ({
        propertyPath: `squash.${key}`,
        reason: "must be a whole number, at least 1: never root",
      })),
  ];
}
