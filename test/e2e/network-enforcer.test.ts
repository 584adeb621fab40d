// What a stack says about its enforcer, held against the objects of a real API server: in previews too.
import { expect } from "chai";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { KubernetesProject, succeeded } from "./kubernetes-project.ts";

const source = (path: string): string => pathToFileURL(join(import.meta.dirname, "../../stacks", path)).href;
const MODULE = source("features/network/check-enforcer.ts");
/** The messages name keys of the schema, which this module registers. */
const CONFIG = source("config.ts");

const program = (network: object, profile = "prod"): string => `
import ${JSON.stringify(CONFIG)};
import { checkEnforcer } from ${JSON.stringify(MODULE)};
const network = { probe: false, ...${JSON.stringify(network)} };
const dependsOn = checkEnforcer({ profile: ${JSON.stringify(profile)}, network }, o);
new k8s.core.v1.ConfigMap("late", { metadata: { name: "late", namespace: "default" } }, { ...o, dependsOn });`;

const plugin = (name: string, container: string) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, namespace: "kube-system" },
  spec: {
    selector: { matchLabels: { app: name } },
    // On no node: it is its object that is looked at.
    template: {
      metadata: { labels: { app: name } },
      spec: { nodeSelector: { none: "such" }, containers: [{ name: container, image: "none:1" }] },
    },
  },
});

describe("engine: the enforcer of network policies", function () {
  this.timeout(240_000);
  let project: KubernetesProject;

  before(async function () {
    this.timeout(900_000); // Tools may have to be built.
    project = await KubernetesProject.create();
    await project.kubectl.create(plugin("kube-router", "kube-router"), plugin("weave-net", "weave"));
  });
  after(async () => {
    // The namespace is the cluster's own, and stays.
    await project.kubectl.run("-n kube-system delete daemonset kube-router weave-net --ignore-not-found");
    await project.dispose();
  });

  const run = async (network: object, profile?: string) => {
    project.program(program(network, profile));
    return { preview: await project.pulumi.run("preview"), up: await project.up() };
  };
  const nameOf = (what: string): Promise<string> => project.kubectl.value(what, ".metadata.name");

  for (const [what, network, expected] of [
    ["does not exist", { enforcer: "calico" }, /calico-system\/calico-node/],
    ["exists and does not enforce", { enforcer: "weave-net" }, /weave-npc.*pulumi config set/s],
  ] as const) {
    it(`in prod, an enforcer that ${what} stops the preview, and the update before it creates anything`, async () => {
      const { preview, up } = await run(network);
      for (const { code, output } of [preview, up]) {
        expect(code, output).to.not.equal(0);
        expect(output).to.match(expected);
      }
      expect(await nameOf("configmap/late")).to.equal("");
    });
  }

  it("in dev, a plugin that does not enforce gives a warning, and the update continues", async () => {
    const { preview, up } = await run({ enforcer: "weave-net" }, "dev");
    for (const result of [preview, up]) expect(succeeded(result)).to.contain("may not be enforced");
    expect(await nameOf("configmap/late")).to.equal("late");
  });

  it("an enforcer is read without a warning; another update changes nothing, and destroy does not delete it", async () => {
    const { preview, up } = await run({ enforcer: "kube-router" });
    for (const result of [preview, up]) expect(succeeded(result)).to.not.contain("enforced");
    succeeded(await project.up("--expect-no-changes", "--refresh"));
    await project.clear();
    expect(await nameOf("-n kube-system daemonset/kube-router")).to.equal("kube-router");
  });
});
