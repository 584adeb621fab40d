import type { Input } from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { sortedEntries } from "../sorted.ts";

/** Keys of a ConfigMap or a Secret as files: all keys, or selected keys with a path. */
interface FilesOf {
  readonly name: Input<string>;
  /** Path by key: `{ "auth.conf": "auth/auth.conf" }`. */
  readonly items?: Readonly<Record<string, string>>;
}

/** A directory outside the read-only root file system. */
export type Mount =
  | {
      /** An empty, writable directory. With `inMemory` it counts against the memory limit. */
      readonly emptyDir: { readonly sizeLimitMi: number; readonly inMemory?: boolean };
    }
  | { readonly configMap: FilesOf }
  | { readonly secret: FilesOf }
  /**
   * Several sources in one directory: a configuration file can include a file of a Secret by a relative path
   * (docs/references.md#nats-configuration).
   */
  | { readonly projected: readonly ({ readonly configMap: FilesOf } | { readonly secret: FilesOf })[] }
  | { readonly claim: { readonly name: Input<string> } }
  | { readonly claimTemplate: ClaimTemplate };

/** The size and class of a volume. */
export interface VolumeSize {
  readonly storageGi: number;
  /** @default the default class of the cluster */
  readonly storageClass?: string;
  /**
   * Allows pods on several nodes to write at once.
   * @default false
   */
  readonly shared?: boolean;
}

/** A separate volume for each pod of a StatefulSet. Its size is fixed: the template of a StatefulSet is immutable. */
export interface ClaimTemplate extends Omit<VolumeSize, "shared"> {
  /**
   * Keeps the volumes when the StatefulSet is deleted, replaced or scaled down. Otherwise the data is deleted.
   * @default false
   */
  readonly retain?: boolean;
}

export type Mounts = Readonly<Record<string, Mount>>;

/** Readable by owner and group; the group is the `fsGroup` of the pod. */
const GROUP_READS = 0o440;
/** Without `fsGroup` the files belong to root, and the process is neither root nor in its group. */
const ALL_READ = 0o444;

/** The mounts of the container. */
export function renderVolumeMounts(mounts: Mounts) {
  return sortedEntries(mounts).map(([mountPath, mount]) => ({
    name: volumeName(mountPath),
    mountPath,
    ...("configMap" in mount || "secret" in mount || "projected" in mount ? { readOnly: true } : {}),
  }));
}

/** The volumes of the pod, without those of claim templates. */
export function renderVolumes(mounts: Mounts, { hasFsGroup }: { readonly hasFsGroup: boolean }) {
  const secretMode = hasFsGroup ? GROUP_READS : ALL_READ;
  return sortedEntries(mounts).flatMap(([mountPath, mount]) =>
    "claimTemplate" in mount
      ? []
      : [{ name: volumeName(mountPath), ...renderVolumeSource(mount, secretMode) }],
  );
}

/** The claim templates of a StatefulSet. */
export function renderClaimTemplates(application: string, role: string, mounts: Mounts) {
  return claimTemplates(mounts).map(([mountPath, size]) => ({
    metadata: { name: volumeName(mountPath), labels: objectLabels(application, role) },
    spec: renderClaimSpec(size),
  }));
}

export function renderClaimSpec({ storageGi, storageClass, shared = false }: VolumeSize) {
  return {
    accessModes: [shared ? "ReadWriteMany" : "ReadWriteOnce"],
    resources: { requests: { storage: `${storageGi}Gi` } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  };
}

/** The claim templates among the mounts, by path. */
export function claimTemplates(mounts: Mounts): [string, ClaimTemplate][] {
  return sortedEntries(mounts).flatMap(([mountPath, mount]): [string, ClaimTemplate][] =>
    "claimTemplate" in mount ? [[mountPath, mount.claimTemplate]] : [],
  );
}

/** `/var/run/postgresql` -> `var-run-postgresql`. */
export function volumeName(mountPath: string): string {
  return mountPath
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function renderVolumeSource(mount: Exclude<Mount, { claimTemplate: unknown }>, secretMode: number) {
  if ("emptyDir" in mount) {
    return {
      emptyDir: {
        sizeLimit: `${mount.emptyDir.sizeLimitMi}Mi`,
        ...(mount.emptyDir.inMemory === true ? { medium: "Memory" } : {}),
      },
    };
  }
  if ("configMap" in mount) return { configMap: renderFiles(mount.configMap) };
  if ("secret" in mount) {
    const { name, ...items } = renderFiles(mount.secret);
    return { secret: { secretName: name, ...items, defaultMode: secretMode } };
  }
  if ("projected" in mount) {
    const sources = mount.projected.map((source) =>
      "configMap" in source
        ? { configMap: renderFiles(source.configMap) }
        : { secret: renderFiles(source.secret) },
    );
    return { projected: { sources, defaultMode: secretMode } };
  }
  return { persistentVolumeClaim: { claimName: mount.claim.name } };
}

function renderFiles({ name, items }: FilesOf) {
  return {
    name,
    ...(items === undefined ? {} : { items: sortedEntries(items).map(([key, path]) => ({ key, path })) }),
  };
}
