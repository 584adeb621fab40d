// Volumes of the storage classes in ../manifests: a folder on the node for each claim, as a `local` volume. The kubelet
// sets the pod's group (`fsGroup`) on them, which it does not do with `hostPath`.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inside, liveFiles, nodeName } from "../layout.ts";
import type { Api, KubernetesObject } from "./api.ts";

const provisioner = "sandbox.llm-platform/volumes";
/** The controller manager sets it when a claim needs a volume. With WaitForFirstConsumer that is after a pod is scheduled. */
const wantedAnnotation = "volume.kubernetes.io/storage-provisioner";

export type Claim = KubernetesObject & {
  readonly spec: {
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly storageClassName: string;
    readonly volumeName?: string;
  };
};

type Volume = KubernetesObject & {
  readonly spec: {
    readonly local?: { readonly path: string };
    readonly persistentVolumeReclaimPolicy: string;
  };
  readonly status?: { readonly phase?: string };
};

export function wantsVolume({ metadata, spec }: Claim): boolean {
  const wanted = metadata.annotations?.[wantedAnnotation] === provisioner;
  return wanted && spec.volumeName === undefined && metadata.deletionTimestamp === undefined;
}

export function volumeOf({ metadata, spec }: Claim, path: string): unknown {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${metadata.uid}`,
      annotations: { "pv.kubernetes.io/provisioned-by": provisioner },
    },
    spec: {
      storageClassName: spec.storageClassName,
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [nodeName] }] },
          ],
        },
      },
    },
  };
}

export function followVolumes(api: Api): void {
  const folder = liveFiles(inside).volumes;
  const collection = "/api/v1/persistentvolumes";
  const logged = (what: string) => (error: unknown) => console.error(`${what}:`, error);

  const create = async (claim: Claim): Promise<void> => {
    const path = join(folder, claim.metadata.uid);
    mkdirSync(path, { recursive: true });
    const { status, body } = await api.call("POST", collection, volumeOf(claim, path));
    // 409: created after an earlier event about the same claim.
    if (status !== 201 && status !== 409) throw new Error(`${status} ${body}`);
  };
  const remove = async ({ metadata }: Volume, path: string): Promise<void> => {
    await api.call("DELETE", `${collection}/${metadata.name}`);
    rmSync(path, { recursive: true, force: true });
  };

  void api.follow<Claim>("/api/v1/persistentvolumeclaims", (claims) => {
    for (const claim of [...claims.values()].filter(wantsVolume))
      create(claim).catch(logged(`volume for ${claim.metadata.name}`));
  });
  void api.follow<Volume>(collection, (volumes) => {
    for (const volume of volumes.values()) {
      const path = volume.spec.local?.path;
      const released = volume.status?.phase === "Released" && volume.metadata.deletionTimestamp === undefined;
      if (
        released &&
        path?.startsWith(`${folder}/`) === true &&
        volume.spec.persistentVolumeReclaimPolicy === "Delete"
      )
        remove(volume, path).catch(logged(`removal of ${volume.metadata.name}`));
    }
  });
}
