// Who enforces network policies: from a cluster's objects, in the program, and by the script that people run.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import { expect } from "chai";
import { detectEnforcer, type ListedObject } from "../../../../../stacks/detect-enforcer.ts";
import { checkEnforcer } from "../../../../../stacks/features/network/check-enforcer.ts";
import {
  type Container,
  ENFORCERS,
  type Evidence,
  type Verdict,
} from "../../../../../stacks/features/network/enforcers.ts";
import type { NetworkConfig } from "../../../../../stacks/features/network/schema.ts";
import { find, record, type Recording } from "../../../../harness.ts";
import { checkout } from "../../../../../sandbox/paths.ts";

const evidence = (containers: readonly Container[] = [], settings: Evidence["settings"] = {}): Evidence => ({
  containers,
  settings,
});
const agent = (name: string, ...args: readonly string[]): Evidence => evidence([{ name, args }]);
const kindnet = (image: string): Evidence => evidence([{ name: "kindnet-cni", image }]);

describe("an enforcer's objects", () => {
  const CASES: readonly (readonly [
    keyof typeof ENFORCERS,
    what: string,
    Evidence,
    Verdict["enforced"],
    RegExp,
  ])[] = [
    ["calico", "its DaemonSet", evidence(), "yes", /Calico enforces/],
    ["cilium", "nothing said", evidence(), "yes", /enforces/],
    ["cilium", "the default", evidence([], { "enable-policy": "default" }), "yes", /enforces/],
    ["cilium", "never", evidence([], { "enable-policy": "never" }), "no", /enable-policy "never"/],
    ["cilium", "audits", evidence([], { "policy-audit-mode": "true" }), "no", /policy-audit-mode/],
    [
      "cilium",
      "only its own policies",
      evidence([], { "enable-k8s-networkpolicy": "false" }),
      "no",
      /ignores/,
    ],
    ["aws-vpc-cni", "no agent", agent("aws-node"), "no", /without its network policy agent/],
    [
      "aws-vpc-cni",
      "an agent that is off",
      agent("aws-eks-nodeagent", "--enable-network-policy=false"),
      "no",
      /off/,
    ],
    ["aws-vpc-cni", "an agent without the flag", agent("aws-eks-nodeagent"), "no", /off/],
    // Seen in clusters: the agent is on, and no controller hands it anything.
    [
      "aws-vpc-cni",
      "an agent that is on",
      agent("aws-eks-nodeagent", "--enable-network-policy=true"),
      "unknown",
      /cannot be seen from the cluster's objects/,
    ],
    [
      "aws-vpc-cni",
      "an agent by its other name",
      agent("aws-network-policy-agent", "--enable-network-policy"),
      "unknown",
      /control plane/,
    ],
    ["kube-router", "nothing said", agent("kube-router"), "yes", /enforces/],
    ["kube-router", "its firewall on", agent("kube-router", "--run-firewall"), "yes", /enforces/],
    [
      "kube-router",
      "its firewall off",
      agent("kube-router", "--run-firewall=false"),
      "no",
      /firewall is off/,
    ],
    ["kube-router", "another container", agent("router"), "unknown", /another name/],
    [
      "kindnet",
      "kind v0.24.0",
      kindnet("docker.io/kindest/kindnetd:v20240813-c6f155d6"),
      "yes",
      /since kind v0.24.0/,
    ],
    ["kindnet", "an older one", kindnet("docker.io/kindest/kindnetd:v20240513-cd2ac642"), "no", /older/],
    [
      "kindnet",
      "one between",
      kindnet("docker.io/kindest/kindnetd:v20240730-00000000"),
      "unknown",
      /is unknown/,
    ],
    ["kindnet", "no version", kindnet("ghcr.io/aojea/kindnetd:stable"), "unknown", /stable/],
    [
      "kindnet",
      "configured not to",
      evidence([
        {
          name: "kindnet-cni",
          image: "kindnetd:v20250101-0",
          command: ["/bin/kindnetd", "--network-policy=false"],
        },
      ]),
      "no",
      /off/,
    ],
    ["kindnet", "nothing", evidence(), "unknown", /no container/],
    ["weave-net", "its controller", agent("weave-npc"), "yes", /runs its/],
    ["weave-net", "no controller", agent("weave"), "no", /without/],
  ];
  for (const [enforcer, what, found, enforced, reason] of CASES) {
    it(`${enforcer}, ${what}: ${enforced}`, () => {
      const verdict = ENFORCERS[enforcer].judge(found);
      expect(verdict.enforced).to.equal(enforced);
      expect(verdict.reason).to.match(reason);
    });
  }

  it("are those of one place each", () => {
    const places = Object.values(ENFORCERS).map(
      ({ daemonSet: { namespace, name } }) => `${namespace}/${name}`,
    );
    expect(new Set(places).size).to.equal(places.length);
  });
});

const daemonSet = (namespace: string, name: string, ...containers: readonly Container[]): ListedObject => ({
  kind: "DaemonSet",
  metadata: { namespace, name },
  spec: { template: { spec: { containers } } },
});
const CILIUM = daemonSet("kube-system", "cilium", { name: "cilium-agent" });
const NEVER: ListedObject = {
  kind: "ConfigMap",
  metadata: { namespace: "kube-system", name: "cilium-config" },
  data: { "enable-policy": "never" },
};
const FLANNEL = daemonSet("kube-flannel", "kube-flannel-ds");
const AWS = daemonSet("kube-system", "aws-node", { name: "aws-node" });

describe("detectEnforcer", () => {
  it("names what enforces", () =>
    expect(detectEnforcer([FLANNEL, CILIUM])).to.include({ enforced: "yes", enforcer: "cilium" }));
  it("knows plugins that are configured not to enforce", () =>
    expect(detectEnforcer([CILIUM, NEVER])).to.include({ enforced: "no", enforcer: "cilium" }));
  it("prefers a plugin that enforces to one that does not", () =>
    expect(detectEnforcer([AWS, daemonSet("calico-system", "calico-node")])).to.include({
      enforcer: "calico",
    }));
  it("knows flannel without another plugin", () => {
    const found = detectEnforcer([FLANNEL]);
    expect(found.enforced).to.equal("no");
    expect(found.reason).to.contain("kube-flannel/kube-flannel-ds");
    expect(found).to.not.have.property("enforcer");
  });
  it("ignores the name in another namespace", () =>
    expect(detectEnforcer([daemonSet("default", "cilium")])).to.include({ enforced: "unknown" }));
  it("ignores another kind", () =>
    expect(detectEnforcer([{ ...CILIUM, kind: "Deployment" }])).to.include({ enforced: "unknown" }));
  it("never reports enforcement without objects", () =>
    expect(detectEnforcer([])).to.deep.equal({
      enforced: "unknown",
      reason: "no known network plugin was found",
    }));

  const script = join(checkout, "stacks/detect-enforcer.ts");
  it("reports which key to set", () =>
    expect(
      execFileSync(process.execPath, [script], {
        input: JSON.stringify({ items: [CILIUM] }),
        encoding: "utf8",
      }),
    ).to.equal(
      "network policies: enforced. Cilium enforces network policies\n" +
        "pulumi config set --path 'llm-platform:network.enforcer' cilium\n",
    ));
  it("and fails where it has nothing to set", () => {
    const { status, stdout } = spawnSync(process.execPath, [script], {
      input: JSON.stringify({ items: [FLANNEL] }),
      encoding: "utf8",
    });
    expect(status).to.equal(1);
    expect(stdout).to.match(
      /^network policies: NOT enforced\. .*\nto test the enforcement: pulumi config set .*probe' true\n$/,
    );
  });
});

describe("checkEnforcer", () => {
  const spec = (...containers: readonly Container[]) => ({ spec: { template: { spec: { containers } } } });
  const existing = {
    "kube-system/cilium": spec({ name: "cilium-agent" }),
    "kube-system/cilium-config": { data: { "enable-policy": "default" } },
    "kube-system/weave-net": spec({ name: "weave" }),
    "kube-system/aws-node": spec({ name: "aws-eks-nodeagent", args: ["--enable-network-policy=true"] }),
  };
  /** The result of a program that waits for the check, and its warnings. */
  const run = async (
    network: Partial<NetworkConfig>,
    profile: "dev" | "prod" = "prod",
  ): Promise<{ recording: Recording | undefined; error: string; warnings: string }> => {
    const warned: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => warned.push(String(text)) > 0;
    try {
      const recording = await record(
        () => {
          const provider = new kubernetes.Provider("cluster", { context: "test" });
          const dependsOn = checkEnforcer(
            { profile, network: { enforcer: "unknown", probe: false, ...network } },
            { provider },
          );
          new kubernetes.core.v1.Namespace("late", { metadata: { name: "late" } }, { provider, dependsOn });
        },
        { existing },
      );
      return { recording, error: "", warnings: warned.join("") };
    } catch (error) {
      return { recording: undefined, error: String(error), warnings: warned.join("") };
    } finally {
      process.stderr.write = write;
    }
  };

  it("continues if the cluster has the configured plugin", async () => {
    const { recording, warnings } = await run({ enforcer: "cilium" });
    expect(warnings).to.equal("");
    if (recording === undefined) throw new Error("refused");
    expect(find(recording, "kubernetes:core/v1:Namespace", "late").dependencies.join()).to.contain(
      "network-enforcer-cilium",
    );
  });

  for (const enforcer of ["confirmed", "simulated"] as const) {
    it(`reads nothing and does not warn for "${enforcer}"`, async () => {
      const { recording, warnings } = await run({ enforcer });
      expect(warnings).to.equal("");
      expect(recording?.resources.map(({ name }) => name)).to.deep.equal(["cluster", "late"]);
    });
  }

  it("stops where it is not there", async () =>
    expect((await run({ enforcer: "calico" })).error).to.contain("reads calico-system/calico-node"));

  it("stops prod before anything is created if the plugin exists and does not enforce", async () =>
    expect((await run({ enforcer: "weave-net" })).error).to.contain(
      "the cluster does not enforce the stack's network policies: Weave Net runs without its network policy controller (weave-npc)\n    fix: enable it, or set another: pulumi config set --path 'llm-platform:network.enforcer' confirmed",
    ));

  it("stops prod if the objects do not show the enforcement, unless a probe tests it", async () => {
    expect((await run({ enforcer: "aws-vpc-cni" })).error).to.contain(
      "cannot be seen from the cluster's objects\n    fix: to test the enforcement: pulumi config set --path 'llm-platform:network.probe' true",
    );
    const { recording, warnings } = await run({ enforcer: "aws-vpc-cni", probe: true });
    expect([recording === undefined, warnings]).to.deep.equal([false, ""]);
  });

  it("warns in dev, loudly", async () => {
    for (const network of [{ enforcer: "weave-net" }, { enforcer: "aws-vpc-cni" }, {}] as const) {
      const { recording, warnings } = await run(network, "dev");
      expect(recording).to.not.equal(undefined);
      expect(warnings).to.match(/network policies may not be enforced: .*network\.probe' true/);
    }
  });
});
