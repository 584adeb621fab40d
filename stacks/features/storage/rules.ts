import { isNfsClass } from "../../../components/storage/render-classes.ts";
import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { Plan } from "../../feature.ts";
import type { StorageConfig } from "./schema.ts";

/** The parts of a stack's configuration that these rules read. */
export interface StorageSurroundings {
  readonly profile: "dev" | "prod";
  readonly namespacePrefix: string;
  readonly features: { readonly storage: boolean };
  readonly storage: StorageConfig;
}

type Data = NonNullable<Plan["data"]>;

/** The rules between the keys of storage and of the services that are on. */
export function storageProblems(config: StorageSurroundings, services: Data): ConfigProblem[] {
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
  services: Data,
): ConfigProblem[] {
  if (profile !== "prod" || storage.allowDatabases) return [];
  return services
    .filter(({ isDatabase, storageClass }) => isDatabase && isNfsClass(namespacePrefix, storageClass))
    .map(({ path, storageClass }) => ({
      path,
      value: storageClass,
      reason: "is on NFS, where locks and fsync can fail and lose a database; in prod this must be confirmed",
      fix: `${removeCommand(path)}  (or, to confirm: ${fixCommand(["storage", "allowDatabases"], "true")})`,
    }));
}

/** A claim of a class that does not exist stays pending. */
function absentClasses({ namespacePrefix }: StorageSurroundings, services: Data): ConfigProblem[] {
  return services
    .filter(({ storageClass }) => isNfsClass(namespacePrefix, storageClass))
    .map(({ path, storageClass }) => ({
      path,
      value: storageClass,
      reason: "is a storage class that the stack does not create (features.storage is off)",
      fix: `${fixCommand(["features", "storage"], "true")}  (or: ${removeCommand(path)})`,
    }));
}
