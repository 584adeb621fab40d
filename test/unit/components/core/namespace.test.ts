import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { NamespaceArgs } from "../../../../components/core/namespace/args.ts";
import { Namespace } from "../../../../components/core/namespace/index.ts";
import { renderAllowDns, renderDefaultDeny } from "../../../../components/core/namespace/render-policies.ts";
import { INVARIANTS } from "../../../invariants/all.ts";
import { platformConfig } from "../../../program.ts";
import { find, inventory, record, type Recording, shown } from "../../../harness.ts";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const LABELS = {
  "app.kubernetes.io/name": "team-data",
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};

describe("Namespace", () => {
  let recording: Recording;
  before(async () => {
    recording = await record(() => new Namespace("data", { namespace: "team-data" }));
  });

  it("creates these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      `${NAMESPACE} data-namespace`,
      `${POLICY} data-allow-dns`,
      `${POLICY} data-default-deny`,
      "llm-platform:foundation:Namespace data",
    ]));

  it("enforces Pod Security restricted", () =>
    expect(shown(find(recording, NAMESPACE, "data-namespace"))).to.deep.equal({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "team-data",
        labels: {
          ...LABELS,
          "llm-platform/namespace": "platform",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    }));

  it("denies all traffic both ways", () =>
    expect(shown(find(recording, POLICY, "data-default-deny"))).to.deep.equal({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "default-deny", namespace: "team-data", labels: LABELS },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    }));

  it("has its policies wait for it", () => {
    const { urn } = find(recording, NAMESPACE, "data-namespace");
    for (const name of ["data-default-deny", "data-allow-dns"]) {
      expect(find(recording, POLICY, name).dependencies).to.deep.equal([urn]);
    }
  });

  it("returns its name", () =>
    expect(find(recording, "llm-platform:foundation:Namespace", "data").outputs).to.deep.equal({
      namespace: "team-data",
    }));

  it("is kept and protected when it has to be", async () => {
    const kept = await record(() => new Namespace("data", { namespace: "team-data", retain: true }));
    const options = ({ protect, retainOnDelete }: { protect: boolean; retainOnDelete: boolean }) => [
      protect,
      retainOnDelete,
    ];
    expect(options(find(kept, NAMESPACE, "data-namespace"))).to.deep.equal([true, true]);
    expect(options(find(kept, POLICY, "data-default-deny"))).to.deep.equal([false, false]);
    expect(options(find(recording, NAMESPACE, "data-namespace"))).to.deep.equal([false, false]);
  });
});

describe("Namespace with more than the least", () => {
  const metadata = async (args: Partial<NamespaceArgs>) => {
    const recording = await record(() => new Namespace("lab", { namespace: "team-lab", ...args }));
    return (shown(find(recording, NAMESPACE, "lab-namespace")) as { metadata: Record<string, object> })
      .metadata;
  };

  it("has the labels that put it under policies", async () => {
    const { labels } = await metadata({ role: "tenant", labels: { "llm-platform/tenant": "lab" } });
    expect(labels).to.deep.equal({
      ...LABELS,
      "app.kubernetes.io/name": "team-lab",
      "llm-platform/namespace": "tenant",
      "llm-platform/tenant": "lab",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
  });

  it("enforces less than restricted with a documented reason, and still warns about violations", async () => {
    const reason = "the driver mounts for the node";
    const { labels, annotations } = await metadata({ podSecurity: { level: "privileged", reason } });
    expect(labels).to.deep.include({
      "pod-security.kubernetes.io/enforce": "privileged",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
    expect(annotations).to.deep.equal({ "llm-platform/pod-security-reason": reason });
    expect(await metadata({})).to.not.have.property("annotations");
  });

  it("satisfies the invariant of the whole program, with the reason", async () => {
    const podSecurity = { level: "privileged", reason: "the driver mounts for the node" } as const;
    const recording = await record(() => new Namespace("lab", { namespace: "team-lab", podSecurity }));
    const invariant = INVARIANTS["namespaces enforce Pod Security restricted"];
    expect(invariant?.({ recording, config: platformConfig("dev") })).to.deep.equal([]);
  });

  const OWN = "is a label that the component sets";
  const REFUSED: Readonly<Record<string, [Partial<NamespaceArgs>, string, string]>> = {
    "an exception without a reason": [
      { podSecurity: { level: "baseline", reason: " " } },
      "podSecurity.reason",
      "is required: it documents the exception on the namespace",
    ],
    "a way round Pod Security": [
      { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      'labels["pod-security.kubernetes.io/enforce"]',
      OWN,
    ],
    "another role": [{ labels: { "llm-platform/namespace": "x" } }, 'labels["llm-platform/namespace"]', OWN],
    "another name": [{ labels: { "app.kubernetes.io/name": "x" } }, 'labels["app.kubernetes.io/name"]', OWN],
  };
  for (const [what, [args, propertyPath, reason]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async () => {
      const error: unknown = await metadata(args).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([{ propertyPath, reason }]);
    });
  }
});

describe("renderDefaultDeny", () => {
  it("has no rule", () => {
    expect(renderDefaultDeny("n").spec).to.have.all.keys("podSelector", "policyTypes");
  });
});

describe("renderAllowDns", () => {
  const { spec } = renderAllowDns("n");

  it("allows only egress, from every pod", () => {
    expect(spec.podSelector).to.deep.equal({});
    expect(spec.policyTypes).to.deep.equal(["Egress"]);
  });

  it("goes to the DNS pods of plain Kubernetes at 53 and of OpenShift at 5353, over UDP and TCP", () =>
    expect(spec.egress).to.deep.equal([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } },
            podSelector: { matchLabels: { "dns.operator.openshift.io/daemonset-dns": "default" } },
          },
        ],
        ports: [
          { protocol: "UDP", port: 5353 },
          { protocol: "TCP", port: 5353 },
        ],
      },
    ]));
});
