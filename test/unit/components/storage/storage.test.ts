import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { NFS_DRIVER_CHART } from "../../../../components/storage/chart.ts";
import type { StorageArgs } from "../../../../components/storage/args.ts";
import { Storage } from "../../../../components/storage/index.ts";
import { validateStorageArgs } from "../../../../components/storage/validate-args.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const LABELS = {
  "app.kubernetes.io/name": "nfs-storage",
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const ARGS: StorageArgs = {
  namePrefix: "llm",
  server: "nas.example.org",
  share: "/volume1/kubernetes",
  mountOptions: ["nfsvers=4.1", "hard"],
};
const DRIVER = { driver: { namespace: "kube-system" } };

/** Runs a component, and gives it back with what it registered. */
async function recordStorage(args: Partial<StorageArgs> = {}) {
  const made: Storage[] = [];
  const recording = await record(() => void made.push(new Storage("storage", { ...ARGS, ...args })));
  const [storage] = made;
  if (storage === undefined) throw new Error("no component was made");
  return { recording, storage };
}

describe("Storage", () => {
  it("is two classes", async () =>
    expect(inventory((await recordStorage()).recording)).to.deep.equal([
      `${CLASS} storage-ephemeral`,
      `${CLASS} storage-retained`,
      "llm-platform:foundation:Storage storage",
    ]));

  it("keeps what is in the volumes of one", async () =>
    expect(shown(find((await recordStorage()).recording, CLASS, "storage-retained"))).to.deep.equal({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "llm-nfs", labels: LABELS },
      provisioner: "nfs.csi.k8s.io",
      parameters: {
        server: "nas.example.org",
        share: "/volume1/kubernetes",
        subDir: ["$", "{pvc.metadata.namespace}/$", "{pvc.metadata.name}/$", "{pv.metadata.name}"].join(""),
        onDelete: "retain",
        mountPermissions: "0",
      },
      reclaimPolicy: "Retain",
      volumeBindingMode: "Immediate",
      allowVolumeExpansion: true,
      mountOptions: ["nfsvers=4.1", "hard"],
    }));

  it("and deletes the data of the other class, in the driver and in the reclaim policy", async () => {
    const found = shown(find((await recordStorage()).recording, CLASS, "storage-ephemeral"));
    expect(found).to.deep.include({
      metadata: { name: "llm-nfs-ephemeral", labels: LABELS },
      reclaimPolicy: "Delete",
    });
    expect((found as { parameters: object }).parameters).to.deep.include({ onDelete: "delete" });
  });

  it("hands over classes without a squash", async () => {
    const { storage } = await recordStorage();
    expect(storage.retained).to.deep.equal({ storageClass: "llm-nfs" });
    expect(storage.ephemeral).to.deep.equal({ storageClass: "llm-nfs-ephemeral" });
  });

  it("hands over the one user of a share that squashes all", async () => {
    const squash = { uid: 1024, gid: 100 };
    const { storage } = await recordStorage({ squash });
    expect(storage.retained).to.deep.equal({ storageClass: "llm-nfs", squash });
    expect(storage.ephemeral).to.deep.equal({ storageClass: "llm-nfs-ephemeral", squash });
  });

  it("installs the driver before the classes, and only if configured", async () => {
    const { recording } = await recordStorage(DRIVER);
    const release = find(recording, RELEASE, "storage-driver");
    expect(shown(release)).to.deep.include({
      name: "csi-driver-nfs",
      namespace: "kube-system",
      chart: "csi-driver-nfs",
      version: "4.13.4",
      repositoryOpts: { repo: NFS_DRIVER_CHART.repository },
      values: { controller: { enableSnapshotter: false }, feature: { enableFSGroupPolicy: true } },
    });
    for (const name of ["storage-retained", "storage-ephemeral"]) {
      expect(find(recording, CLASS, name).dependencies).to.include(release.urn);
    }
  });

  it("prevents kubelets from changing owners on a share that squashes all users", async () => {
    const { recording } = await recordStorage({ ...DRIVER, squash: { uid: 1024, gid: 100 } });
    expect(shown(find(recording, RELEASE, "storage-driver"))).to.deep.include({
      values: { controller: { enableSnapshotter: false }, feature: { enableFSGroupPolicy: false } },
    });
  });

  it("installs the driver from a mirror", async () => {
    const chart = { chart: "oci://mirror.example.org/csi-driver-nfs", version: "4.13.4" };
    const { recording } = await recordStorage({ driver: { namespace: "kube-system", chart } });
    const found = shown(find(recording, RELEASE, "storage-driver"));
    expect(found).to.deep.include(chart);
    expect(found).to.not.have.property("repositoryOpts");
  });

  const REFUSED: readonly [string, Partial<StorageArgs>, string][] = [
    ["no server", { server: "" }, "server"],
    ["a server with a path", { server: "nas:/volume1" }, "server"],
    ["a relative share", { share: "volume1" }, "share"],
    ["a share above the export", { share: "/volume1/../etc" }, "share"],
    ["a share of two mounts", { share: "/a,b" }, "share"],
    ["a soft mount", { mountOptions: ["hard", "soft"] }, "mountOptions[1]"],
    ["two options in one", { mountOptions: ["hard,soft"] }, "mountOptions[0]"],
    ["root as the one user", { squash: { uid: 0, gid: 100 } }, "squash.uid"],
    ["root's group", { squash: { uid: 1024, gid: 0 } }, "squash.gid"],
  ];
  for (const [what, args, path] of REFUSED) {
    it(`refuses ${what}`, () =>
      expect(validateStorageArgs({ ...ARGS, ...args }).map(({ propertyPath }) => propertyPath)).to.deep.equal(
        [path],
      ));
  }
  it("accepts an IPv6 address", () =>
    expect(validateStorageArgs({ ...ARGS, server: "[fd00::5]" })).to.deep.equal([]));

  it("stops before anything is created", async () => {
    const error = await recordStorage({ share: "x" }).catch((caught: unknown) => caught);
    expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
      { propertyPath: "share", reason: "must be an absolute path" },
    ]);
  });
});
