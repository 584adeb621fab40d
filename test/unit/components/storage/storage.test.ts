import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { NFS_DRIVER_CHART } from "../../../../components/storage/chart.ts";
import type { StorageArgs } from "../../../../components/storage/args.ts";
import { Storage } from "../../../../components/storage/index.ts";
import { validateStorageArgs } from "../../../../components/storage/validate-args.ts";
import { buildStorage, squashFor } from "../../../../stacks/features/storage.ts";
import { storageProblems, type StoredService } from "../../../../stacks/features/storage-problems.ts";
import { storageSchema } from "../../../../stacks/features/storage-schema.ts";
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

  it("and deletes what is in those of the other, and says so to both who would", async () => {
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

  it("installs the driver before the classes, and only when asked", async () => {
    const { recording } = await recordStorage(DRIVER);
    const release = find(recording, RELEASE, "storage-driver");
    expect(shown(release)).to.deep.include({
      name: "csi-driver-nfs",
      namespace: "kube-system",
      chart: "csi-driver-nfs",
      version: "4.13.4",
      repositoryOpts: { repo: NFS_DRIVER_CHART.repository },
      atomic: true,
      values: { feature: { enableFSGroupPolicy: true } },
    });
    for (const name of ["storage-retained", "storage-ephemeral"]) {
      expect(find(recording, CLASS, name).dependencies).to.include(release.urn);
    }
  });

  it("lets no kubelet chown a share that squashes all users", async () => {
    const { recording } = await recordStorage({ ...DRIVER, squash: { uid: 1024, gid: 100 } });
    expect(shown(find(recording, RELEASE, "storage-driver"))).to.deep.include({
      values: { feature: { enableFSGroupPolicy: false } },
    });
  });

  it("takes the driver from a mirror", async () => {
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
  it("takes an IPv6 address", () =>
    expect(validateStorageArgs({ ...ARGS, server: "[fd00::5]" })).to.deep.equal([]));

  it("stops before anything is made", async () => {
    const error = await recordStorage({ share: "x" }).catch((caught: unknown) => caught);
    expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
      { propertyPath: "share", reason: "must be an absolute path" },
    ]);
  });
});

describe("the section storage", () => {
  it("has a default for all but the share", () =>
    expect(storageSchema.parse(undefined)).to.deep.equal({
      mountOptions: ["nfsvers=4.1", "hard", "noatime"],
      squashAll: false,
      squashUid: 1024,
      squashGid: 100,
      allowDatabases: false,
      driver: { install: false, namespace: "kube-system", ...NFS_DRIVER_CHART },
    }));

  for (const [what, value] of [
    ["a soft mount", { mountOptions: ["soft"] }],
    ["root as the one user", { squashUid: 0 }],
    ["a server with a scheme", { server: "nfs://nas" }],
    ["a relative share", { share: "volume1" }],
    ["a floating chart version", { driver: { version: "4.x" } }],
    ["an unknown key", { nfs: {} }],
  ] as const) {
    it(`refuses ${what}`, () => expect(storageSchema.safeParse(value).success).to.equal(false));
  }

  const SET = { server: "nas.example.org", share: "/volume1" };

  it("builds the classes of the stack", async () => {
    const config = storageSchema.parse({ ...SET, squashAll: true, driver: { install: true } });
    const made: Storage[] = [];
    const recording = await record(() => void made.push(buildStorage(config, "llm", {})));
    expect(inventory(recording)).to.include(`${RELEASE} storage-driver`);
    expect(made[0]?.retained).to.deep.equal({ storageClass: "llm-nfs", squash: { uid: 1024, gid: 100 } });
  });

  it("takes a chart that is an address from there alone", async () => {
    const chart = "oci://mirror.example.org/csi-driver-nfs";
    const config = storageSchema.parse({ ...SET, driver: { install: true, chart } });
    const recording = await record(() => void buildStorage(config, "llm", {}));
    expect(shown(find(recording, RELEASE, "storage-driver"))).to.not.have.property("repositoryOpts");
  });

  it("says what pods with a volume take over: of its classes alone, and of a share that squashes alone", () => {
    const squashing = storageSchema.parse({ ...SET, squashAll: true, squashUid: 1050 });
    expect(squashFor(squashing, "llm", "llm-nfs")).to.deep.equal({ uid: 1050, gid: 100 });
    expect(squashFor(squashing, "llm", "llm-nfs-ephemeral")).to.deep.equal({ uid: 1050, gid: 100 });
    expect(squashFor(squashing, "llm", "standard")).to.equal(undefined);
    expect(squashFor(squashing, "llm", undefined)).to.equal(undefined);
    expect(squashFor(storageSchema.parse(SET), "llm", "llm-nfs")).to.equal(undefined);
  });
});

describe("storageProblems", () => {
  const DATABASE: StoredService = {
    path: ["postgres", "storageClass"],
    storageClass: "llm-nfs",
    isDatabase: true,
  };
  const problems = (
    settings: { profile?: "dev" | "prod"; on?: boolean; storage?: object },
    ...services: StoredService[]
  ) =>
    storageProblems(
      {
        profile: settings.profile ?? "prod",
        namespacePrefix: "llm",
        features: { storage: settings.on ?? true },
        storage: storageSchema.parse({ server: "nas.example.org", share: "/volume1", ...settings.storage }),
      },
      services,
    );

  it("are none without a database on it", () => {
    expect(problems({})).to.deep.equal([]);
    expect(problems({}, { ...DATABASE, storageClass: "standard" })).to.deep.equal([]);
    expect(problems({}, { ...DATABASE, storageClass: undefined })).to.deep.equal([]);
    expect(problems({}, { ...DATABASE, isDatabase: false })).to.deep.equal([]);
  });

  it("need a server and a share", () =>
    expect(
      problems({ storage: { server: undefined, share: undefined } }).map(({ path }) => path.join(".")),
    ).to.deep.equal(["storage.server", "storage.share"]));

  it("refuse a database in prod", () => {
    const [problem] = problems({}, DATABASE);
    expect(problem).to.deep.include({
      path: ["postgres", "storageClass"],
      value: "llm-nfs",
      reason: "is on NFS, whose locks and fsync can lose a database: refused in prod unless confirmed",
    });
    expect(problem?.fix).to.equal(
      "pulumi config rm --path 'llm-platform:postgres.storageClass'  (or, to confirm: pulumi config set --path 'llm-platform:storage.allowDatabases' true)",
    );
  });

  it("take one in dev, or where it is confirmed", () => {
    expect(problems({ profile: "dev" }, DATABASE)).to.deep.equal([]);
    expect(problems({ storage: { allowDatabases: true } }, DATABASE)).to.deep.equal([]);
  });

  it("refuse a class that nobody makes", () => {
    expect(problems({ on: false }, DATABASE)[0]?.reason).to.equal(
      "is a class that the stack does not make: features.storage is off",
    );
    expect(problems({ on: false }, { ...DATABASE, storageClass: "standard" })).to.deep.equal([]);
  });
});
