import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { PhoenixArgs } from "../../../../components/phoenix/args.ts";
import { phoenixEndpoints } from "../../../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../../../components/phoenix/index.ts";
import { validatePhoenixArgs } from "../../../../components/phoenix/validate-args.ts";
import "../../../../stacks/config.ts";
import { buildTracing } from "../../../../stacks/features/tracing/build.ts";
import { postgresSchema } from "../../../../stacks/features/postgres/schema.ts";
import { tracingProblems } from "../../../../stacks/features/tracing/rules.ts";
import { tracingSchema } from "../../../../stacks/features/tracing/schema.ts";
import { find, inventory, record, type Recording } from "../../../harness.ts";
import { secretsIn } from "../../../secrets.ts";
import { ARGS, NODE_PORT, outputsOf } from "./fixtures.ts";
import { documentedBy, leaves } from "../chart-keys.ts";
import { checkout } from "../../../../sandbox/paths.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DOCUMENTED = parse(readFileSync(join(checkout, "test/fixtures/phoenix-helm-keys.yaml"), "utf8")) as {
  readonly service: string;
  readonly keys: readonly string[];
};
const HELM: Pick<PhoenixArgs, "delivery"> = {
  delivery: { kind: "helm", chart: { chart: "oci://charts.example.org/phoenix-helm", version: "12.0.4" } },
};

const recordChart = (args: Partial<PhoenixArgs> = {}) =>
  record(() => outputsOf(new Phoenix("phoenix", { ...ARGS, ...HELM, ...args })));
const release = (recording: Recording) => find(recording, RELEASE, "phoenix-release").inputs;
const values = (recording: Recording) => release(recording)["values"] as Record<string, unknown>;

const isDocumented = documentedBy(DOCUMENTED.keys);

describe("Phoenix by the official chart", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordChart();
  });

  it("says nothing that the chart does not document", () =>
    expect(leaves(values(recording)).filter((path) => !isDocumented(path))).to.deep.equal([]));

  it("would see a key that it does not", () =>
    expect(
      ["image.name", "service", "podLabels.x", "deployment.podLabels.x", "additionalEnv"].map(isDocumented),
    ).to.deep.equal([false, false, false, true, true]));

  it("replaces the controller and the Service, and adds an account without a token", async () => {
    const ours = inventory(await record(() => new Phoenix("phoenix", ARGS)));
    const theirs = inventory(recording);
    expect([
      ours.filter((line) => !theirs.includes(line)),
      theirs.filter((line) => !ours.includes(line)),
    ]).to.deep.equal([
      [
        "kubernetes:apps/v1:StatefulSet phoenix-server-statefulset",
        "kubernetes:core/v1:Service phoenix-server-service",
        "llm-platform:foundation:Workload phoenix-server",
      ],
      ["kubernetes:core/v1:ServiceAccount phoenix-account", `${RELEASE} phoenix-release`],
    ]);
    const account = find(recording, "kubernetes:core/v1:ServiceAccount", "phoenix-account");
    expect(account.inputs["automountServiceAccountToken"]).to.equal(false);
    expect(values(recording)["serviceAccount"]).to.deep.equal({ create: false, name: "phoenix" });
  });

  it("uses the configured source of the chart, and waits for it", () => {
    expect(release(recording)).to.deep.include({
      chart: "oci://charts.example.org/phoenix-helm",
      version: "12.0.4",
      namespace: "tracing",
      name: "phoenix",
      timeout: 2100,
      allowNullValues: true,
    });
    expect(release(recording)).to.not.have.any.keys("repositoryOpts", "skipAwait");
  });

  it("has no Secret, no database, no volume and no Ingress of the chart's own, and no NodePort", () => {
    expect(values(recording)).to.deep.include({
      postgresql: { enabled: false },
      persistence: { enabled: false },
      ingress: { enabled: false },
      service: { type: "ClusterIP" },
    });
    expect(values(recording)["auth"]).to.deep.include({ createSecret: false });
    expect(secretsIn(values(recording))).to.deep.equal([]);
  });

  it("migrates one pod after the other: the old one goes first", () =>
    expect(values(recording)).to.deep.include({
      replicaCount: 1,
      deployment: {
        ...(values(recording)["deployment"] as object),
        strategy: { type: "Recreate", rollingUpdate: null },
      },
    }));

  it("has the labels of our own pods, so that the same network policies are about them", () => {
    const { podLabels } = values(recording)["deployment"] as { readonly podLabels: object };
    expect(podLabels).to.include(phoenixEndpoints("tracing").server.podLabels);
  });

  it("is reached by the chart's name for its Service", () => {
    const host = `${DOCUMENTED.service}.tracing.svc.cluster.local`;
    expect(recording.outputs["admin"]).to.deep.include({ host, url: `http://${host}:6006` });
    const { litellm } = recording.outputs["connections"] as Record<string, { readonly url: string }>;
    expect(litellm?.url).to.equal(`http://${host}:6006/v1/traces`);
  });

  for (const [what, repository, registry, path] of [
    ["a registry", "mirror.example.org:5000/arize/phoenix", "mirror.example.org:5000", "arize/phoenix"],
    ["none", "arizephoenix/phoenix", "docker.io", "arizephoenix/phoenix"],
  ] as const) {
    it(`splits an image that names ${what}, with its digest behind its tag`, async () => {
      const digest = `sha256:${"0a".repeat(32)}`;
      const image = { repository, tag: "version-20.26.1-nonroot", digest };
      expect(values(await recordChart({ image }))["image"]).to.deep.equal({
        registry,
        repository: path,
        tag: `version-20.26.1-nonroot@${digest}`,
        pullPolicy: "IfNotPresent",
      });
    });
  }

  it("bounds its scratch volumes, which have no sizes, and sets the user of the container", () => {
    expect(values(recording)["resources"]).to.deep.include({
      limits: { memory: "2048Mi", cpu: "8", "ephemeral-storage": "320Mi" },
    });
    const { pod, container } = values(recording)["securityContext"] as Record<string, object>;
    expect(container).to.include({ runAsUser: 65532, runAsGroup: 65532 });
    expect(pod).to.include({ runAsUser: 65532, runAsGroup: 65532 });
  });

  it("gives Phoenix the size of the database's storage, and waits as long as it may take to start", () => {
    expect(values(recording)["additionalEnv"]).to.deep.include({
      name: "PHOENIX_DATABASE_ALLOCATED_STORAGE_CAPACITY_GIBIBYTES",
      value: "10",
    });
    const { storageGi, ...database } = ARGS.database;
    const delivery = { kind: "helm", chart: { chart: "./chart" }, timeoutSeconds: 600 } as const;
    expect(storageGi).to.equal(10);
    expect(validatePhoenixArgs({ ...ARGS, database, delivery })).to.deep.equal([
      {
        propertyPath: "delivery.timeoutSeconds",
        reason: "must be at least 1800: a pod may take so long to start",
      },
      {
        propertyPath: "database.storageGi",
        reason: "is required with the official chart, which otherwise sets 20 GiB",
      },
    ]);
    expect(validatePhoenixArgs({ ...ARGS, database })).to.deep.equal([]);
  });

  it("is one pod without an exposure", () =>
    expect(
      validatePhoenixArgs({
        ...ARGS,
        ...HELM,
        replicas: 2,
        exposure: NODE_PORT,
        publicUrl: "http://192.168.1.10:30060",
      }),
    ).to.deep.equal([
      {
        propertyPath: "replicas",
        reason: "must be 1 with the official chart, whose pods start at the same time",
      },
      { propertyPath: "exposure", reason: "must be none with the official chart, whose ports have no names" },
    ]));

  describe("in a stack", () => {
    const problems = (section: object) =>
      tracingProblems({
        tracing: tracingSchema.parse({ delivery: "helm", ...section }),
        postgres: postgresSchema.parse({}),
      });

    it("is refused with several pods, or an exposure", () => {
      expect(problems({})).to.deep.equal([]);
      expect(problems({ replicas: 2 })).to.deep.equal([
        {
          path: ["tracing", "replicas"],
          value: 2,
          reason:
            "the pods of the official chart start at the same time and each migrates the database (tracing.delivery is helm)",
          fix: "pulumi config set --path 'llm-platform:tracing.replicas' 1  (or: pulumi config set --path 'llm-platform:tracing.delivery' manifests)",
        },
      ]);
      const exposure = { kind: "nodePort", nodePort: 30_060, openToAll: true };
      expect(problems({ publicUrl: "http://192.168.1.10:30060", exposure })).to.deep.equal([
        {
          path: ["tracing", "exposure"],
          reason:
            "the official chart does not name its ports, and an exposure needs a port name (tracing.delivery is helm)",
          fix: "pulumi config set --path 'llm-platform:tracing.delivery' manifests",
        },
      ]);
    });

    it("comes from the chart that the section names", async () => {
      const tracing = tracingSchema.parse({
        delivery: "helm",
        chart: { source: "./chart", timeoutSeconds: 3600 },
      });
      const made = await record(() =>
        buildTracing(tracing, { ...ARGS, exposure: { kind: "none" }, retain: false }, {}),
      );
      expect(release(made)).to.deep.include({ chart: "./chart", version: "12.0.4", timeout: 3600 });
    });
  });
});
