import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { imageReference } from "../../components/core/images.ts";
import { imageOf } from "../../stacks/images.ts";
import { imageNames } from "../../stacks/plan.ts";
import { find, record, type Recording } from "../harness.ts";
import { containersOf } from "../kubernetes.ts";
import { allPods } from "../operators.ts";
import { API_KEY, CONTEXT, platformConfig, runStack, runStackAgain, stackConfig } from "../program.ts";
import { plainTextsIn, secretsIn } from "../secrets.ts";

describe("index.ts", () => {
  let dev: Recording;
  before(async () => {
    dev = await runStack("dev");
  });

  it("exports addresses, names of Secrets and versions", () => {
    const service = (component: string, namespace: string, port: number, version: string, rest = {}) => ({
      component,
      namespace,
      address: `${component}.${namespace}.svc.cluster.local:${String(port)}`,
      protocol: "tcp",
      workload: { kind: "StatefulSet", name: component },
      version,
      ...rest,
    });
    const http = { protocol: "http" };
    const secret = (name: string, namespace: string, key: string) => ({
      namespace,
      name: find(dev, "kubernetes:core/v1:Secret", `${name}-${namespace}`).id.split("/")[1],
      key,
    });
    expect(dev.outputs).to.deep.equal({
      services: [
        service("postgres", "llm-data", 5432, "18.6"),
        service("redis", "llm-data", 6379, "8.1.11"),
        service("nats", "llm-data", 4222, "2.15.0-alpine"),
        service("etcd", "llm-data", 2379, "v3.6.16"),
        service("phoenix", "llm-tracing", 6006, "version-20.26.1-nonroot", http),
        service("litellm", "llm-gateway", 4000, "v1.108.11", {
          ...http,
          workload: { kind: "Deployment", name: "litellm" },
        }),
        service("open-webui", "llm-chat", 8080, "v0.12.4-slim", http),
      ],
      secrets: {
        litellmMasterKey: {
          ...secret("litellm-master-key", "llm-gateway", "key"),
          service: "litellm",
        },
        phoenixAdminPassword: {
          ...secret("phoenix-admin-password", "llm-tracing", "password"),
          service: "phoenix",
          user: "admin@localhost",
        },
        openWebuiAdminPassword: {
          ...secret("open-webui-admin-password", "llm-chat", "password"),
          service: "open-webui",
          user: "admin@localhost",
        },
        "tenant-lab": {
          ...secret("litellm-key-tenant-lab", "llm-tenant-lab", "key"),
          service: "litellm",
        },
      },
    });
  });

  it("names the user of the gateway's page where it is served", async () => {
    const { outputs } = await runStack("dev", { "gateway.adminInterface": true });
    const { litellmMasterKey } = (outputs as { secrets: Record<string, object> }).secrets;
    expect(litellmMasterKey).to.include({ service: "litellm", user: "admin" });
  });

  it("exports no secret value, marked or not", async () => {
    const { outputs } = await runStack("prod");
    expect(secretsIn(outputs)).to.deep.equal([]);
    expect(plainTextsIn(outputs).filter(({ text }) => text.includes(API_KEY))).to.deep.equal([]);
  });

  it("uses the context of the configuration, not the current one", () => {
    expect(find(dev, "pulumi:providers:kubernetes", "cluster").inputs).to.include({ context: CONTEXT });
  });

  it("gives the provider the kubeconfig that the configuration names", async () => {
    const kubeconfig = "test/fixtures/kubeconfig.yaml";
    const recording = await runStack("dev", { kubeconfig });
    expect(find(recording, "pulumi:providers:kubernetes", "cluster").inputs).to.deep.include({
      context: CONTEXT,
      kubeconfig,
    });
  });

  it("keeps the objects of an unreachable cluster in the state, whatever the environment is", async () => {
    const env = { PULUMI_K8S_DELETE_UNREACHABLE: "true", PULUMI_K8S_SKIP_UPDATE_UNREACHABLE: "true" };
    const recording = await runStack("dev", {}, env);
    expect(find(recording, "pulumi:providers:kubernetes", "cluster").inputs).to.include({
      deleteUnreachable: "false",
      skipUpdateUnreachable: "false",
    });
  });

  it("creates Secrets with the provider keys", async () => {
    const prod = await runStack("prod");
    const secret = find(prod, "kubernetes:core/v1:Secret", "litellm-api-key-openrouter-api-key-llm-gateway");
    expect(secretsIn(secret.inputs)).to.deep.equal([{ path: "stringData", value: { key: API_KEY } }]);
  });

  it("is the same twice", async () => {
    const again = await runStackAgain("dev");
    const sorted = ({ resources }: Recording) => [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
    expect(sorted(again)).to.deep.equal(sorted(dev));
  });

  describe("with a configuration that has problems", () => {
    const settings = { "features.nope": true, "gateway.replicas": 0 };

    it("reports all of them as a RunError, which is shown without a stack trace", async () => {
      const error = await runStack("dev", settings).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(pulumi.RunError.isInstance(error)).to.equal(true);
      expect((error as Error).message)
        .to.match(/^the configuration of this stack has 2 problems; nothing was changed:\n/)
        .and.to.include("llm-platform:features.nope")
        .and.to.include("llm-platform:gateway.replicas");
    });

    it("registers nothing", async () => {
      let error: unknown;
      const recording = await record(
        async () => {
          const { loadConfig } = await import("../../stacks/load-config.ts");
          const { buildPlatform } = await import("../../stacks/platform.ts");
          try {
            buildPlatform(loadConfig());
          } catch (reason) {
            error = reason;
          }
        },
        stackConfig("dev", settings),
      );
      expect(error).to.be.instanceOf(Error);
      expect(recording.resources).to.deep.equal([]);
    });
  });

  it("rejects a stack without a cluster, and reports the current context", async () => {
    const error = await runStack("dev", { context: undefined }).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.include('kubectl would use "another-cluster"');
  });

  it("has no provider but the one for the cluster", () => {
    const providers = dev.resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(providers.map(({ type, name }) => [type, name])).to.deep.equal([
      ["pulumi:providers:kubernetes", "cluster"],
    ]);
    const [cluster] = providers;
    const managed = dev.resources.filter(({ custom, urn }) => custom && urn !== cluster?.urn);
    for (const { type, urn, provider } of managed) {
      // Whatever is no object of the cluster is the engine's own, or has a provider without settings.
      expect(provider.split("::").slice(0, -1).join("::"), urn).to.equal(
        type.startsWith("kubernetes:") ? cluster?.urn : "",
      );
    }
    expect(new Set(managed.map(({ type }) => type.split(":")[0]))).to.deep.equal(
      new Set(["kubernetes", "random", "pulumi"]),
    );
  });
});

describe("the images of a stack", () => {
  it("are those that its pods run", async () => {
    for (const [stack, settings] of [
      ["dev", {}],
      ["dev", { "features.nats": false }],
      ["dev", { "features.etcd": false }],
      ["dev", { "features.chat": false, "features.tracing": false }],
      ["prod", {}],
    ] as const) {
      const pods = allPods(await runStack(stack, settings)).flatMap((owner) => containersOf(owner.pod));
      const config = platformConfig(stack, settings);
      expect(new Set(imageNames(config).map((name) => imageReference(imageOf(config, name))))).to.deep.equal(
        // Kyverno runs the images of its chart.
        new Set(pods.map(({ image }) => image).filter((image) => image !== "")),
      );
    }
  });
});
