import { isNfsClass } from "../../components/storage/render-classes.ts";
import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";
import type { StorageConfig } from "./storage-schema.ts";

/** The parts of a stack's configuration that these rules read. */
export interface StorageSurroundings {
  readonly profile: "dev" | "prod";
  readonly namespacePrefix: string;
  readonly features: { readonly storage: boolean };
  readonly storage: StorageConfig;
}

/** A service that keeps data, and the key that names its StorageClass. */
export interface StoredService {
  readonly path: ConfigPath;
  readonly storageClass: string | undefined;
  /** Locks files and trusts fsync: PostgreSQL, etcd, JetStream. */
  readonly isDatabase: boolean;
}

/** The rules that join the keys of storage and of the services that are on. */
export function storageProblems(
  config: StorageSurroundings,
  services: readonly StoredService[],
): ConfigProblem[] {
  return config.features.storage
    ? [...requiredKeys(config), ...databaseProblems(config, services)]
    : absentClasses(config, services);
}

function requiredKeys({ storage }: StorageSurroundings): ConfigProblem[] {
  return (["server", "share"] as const)
    .filter((key) => storage[key] === undefined)
    .map((key) => ({
      path: ["storage", key],
      reason: "is required: volumes are folders on an NFS server (features.storage is on)",
      fix: fixCommand(["storage", key]),
    }));
}

function databaseProblems(
  { profile, namespacePrefix, storage }: StorageSurroundings,
  services: readonly StoredService[],
): ConfigProblem[] {
  if (profile !== "prod" || storage.allowDatabases) return [];
  return services
    .filter(({ isDatabase, storageClass }) => isDatabase && isNfsClass(namespacePrefix, storageClass))
    .map(({ path, storageClass }) => ({
      path,
      value: storageClass,
      reason: "is on NFS, whose locks and fsync can lose a database: refused in prod unless confirmed",
      fix: `${removeCommand(path)}  (or, to confirm: ${fixCommand(["storage", "allowDatabases"], "true")})`,
    }));
}

/** A claim of a class that does not exist waits for ever. */
function absentClasses(
  { namespacePrefix }: StorageSurroundings,
  services: readonly StoredService[],
): ConfigProblem[] {
  return services
    .filter(({ storageClass }) => isNfsClass(namespacePrefix, storageClass))
    .map(({ path, storageClass }) => ({
      path,
      value: storageClass,
      reason: "is a class that the stack does not make: features.storage is off",
      fix: `${fixCommand(["features", "storage"], "true")}  (or: ${removeCommand(path)})`,
    }));
}
