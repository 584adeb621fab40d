import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { StorageArgs } from "./args.ts";

/** A host name or an address; IPv6 in brackets, as mount.nfs requires. */
export const NFS_SERVER = /^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])$/;
/** An absolute path. `..` would leave the export. */
export const NFS_SHARE = /^\/(?!(.*\/)?\.\.(\/|$))[^\s,]*$/;
/** With a soft mount, programs get a timeout as an error, or do not notice it, and data is lost. */
const LOSES_DATA = /^soft(err|reval)?$/;

/** Why a mount option is not suitable for volumes; undefined if it is. */
export function mountOptionProblem(option: string): string | undefined {
  if (!/^[a-z_]+(=[\w.:-]+)?$/.test(option)) return "is not a mount option";
  return LOSES_DATA.test(option) ? "loses data when the server is slow: `hard` waits" : undefined;
}

/** Problems with the arguments of storage; empty if they are valid. */
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
        reason: "must be a whole number, at least 1, because 0 is root",
      })),
  ];
}
