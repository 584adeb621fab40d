import { expect } from "chai";
import { NFS_DRIVER_CHART } from "../../../../../components/storage/chart.ts";
import type { Storage } from "../../../../../components/storage/index.ts";
import "../../../../../stacks/config.ts";
import type { Plan } from "../../../../../stacks/feature.ts";
import { buildStorage } from "../../../../../stacks/features/storage/build.ts";
import { storageProblems } from "../../../../../stacks/features/storage/rules.ts";
import { type StorageConfig, storageSchema } from "../../../../../stacks/features/storage/schema.ts";
import { squashFor } from "../../../../../stacks/squash.ts";
import { find, inventory, record, shown } from "../../../../harness.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
type Data = NonNullable<Plan["data"]>[number];

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

  it("uses a chart with an address without a repository", async () => {
    const chart = "oci://mirror.example.org/csi-driver-nfs";
    const config = storageSchema.parse({ ...SET, driver: { install: true, chart } });
    const recording = await record(() => void buildStorage(config, "llm", {}));
    expect(shown(find(recording, RELEASE, "storage-driver"))).to.not.have.property("repositoryOpts");
  });

  it("returns the squash settings of pods only for its own classes, and only for a share that squashes", () => {
    const squash = (storage: StorageConfig, storageClass: string | undefined) =>
      squashFor({ storage, namespacePrefix: "llm" }, storageClass);
    const squashing = storageSchema.parse({ ...SET, squashAll: true, squashUid: 1050 });
    expect(squash(squashing, "llm-nfs")).to.deep.equal({ uid: 1050, gid: 100 });
    expect(squash(squashing, "llm-nfs-ephemeral")).to.deep.equal({ uid: 1050, gid: 100 });
    expect(squash(squashing, "standard")).to.equal(undefined);
    expect(squash(squashing, undefined)).to.equal(undefined);
    expect(squash(storageSchema.parse(SET), "llm-nfs")).to.equal(undefined);
  });
});

describe("storageProblems", () => {
  const DATABASE: Data = {
    path: ["postgres", "storageClass"],
    storageClass: "llm-nfs",
    isDatabase: true,
  };
  const problems = (
    settings: { profile?: "dev" | "prod"; on?: boolean; storage?: object },
    ...services: Data[]
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
      reason: "is on NFS, where locks and fsync can fail and lose a database; in prod this must be confirmed",
    });
    expect(problem?.fix).to.equal(
      "pulumi config rm --path 'llm-platform:postgres.storageClass'  (or, to confirm: pulumi config set --path 'llm-platform:storage.allowDatabases' true)",
    );
  });

  it("take one in dev, or where it is confirmed", () => {
    expect(problems({ profile: "dev" }, DATABASE)).to.deep.equal([]);
    expect(problems({ storage: { allowDatabases: true } }, DATABASE)).to.deep.equal([]);
  });

  it("reject a class that does not exist", () => {
    expect(problems({ on: false }, DATABASE)[0]?.reason).to.equal(
      "is a storage class that the stack does not create (features.storage is off)",
    );
    expect(problems({ on: false }, { ...DATABASE, storageClass: "standard" })).to.deep.equal([]);
  });
});
