// The enforcer's core by tables: what selectors mean, and which nftables rules come of each kind of policy.
import { expect } from "chai";
import fc from "fast-check";
import type {
  ClusterState,
  KnownPod,
  Labels,
  Policy,
  Selector,
} from "../../../../sandbox/live/network-policy/objects.ts";
import { renderRuleset } from "../../../../sandbox/live/network-policy/ruleset.ts";
import { matches, peerPods } from "../../../../sandbox/live/network-policy/selectors.ts";
import { clusters } from "./network-policy-clusters.ts";
import { isAllowed, packetFilter, packetsOf } from "./network-policy-model.ts";

const pod = (namespace: string, name: string, address: string, ports: KnownPod["ports"] = []): KnownPod => ({
  namespace,
  name,
  labels: { app: name },
  address,
  ports,
});

const web = pod("shop", "web", "10.244.0.2", [{ name: "http", containerPort: 8080 }]);
const database = pod("shop", "database", "10.244.0.3", [{ name: "sql", containerPort: 5432 }]);
const visitor = pod("street", "visitor", "10.244.0.4");

const cluster = (...policies: Policy[]): ClusterState => ({
  policies,
  pods: [web, database, visitor],
  namespaces: new Map<string, Labels>([
    ["shop", { kind: "inside" }],
    ["street", { kind: "outside", open: "yes" }],
  ]),
});

const policy = (spec: Policy["spec"]): Policy => ({ metadata: { namespace: "shop", name: "p" }, spec });

/** The lines of one chain, without the policy's name. */
function chainLines(text: string, name: string): string[] {
  const start = text.split(`  chain ${name} {\n`)[1];
  expect(start, `chain ${name} in\n${text}`).to.be.a("string");
  return (start ?? "")
    .split(/^ {2}\}/m, 1)
    .flatMap((lines) => lines.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "}" && !line.startsWith("comment"));
}

const ingressRules = (spec: Policy["spec"]): string[] =>
  chainLines(renderRuleset(cluster(policy(spec))), "ingress_policy_0");
const egressRules = (spec: Policy["spec"]): string[] =>
  chainLines(renderRuleset(cluster(policy(spec))), "egress_policy_0");

describe("network policies: selectors", () => {
  const labels = { app: "web", tier: "front" };
  const table: readonly [string, Selector, boolean][] = [
    ["nothing demanded", {}, true],
    ["the same label", { matchLabels: { app: "web" } }, true],
    ["another value", { matchLabels: { app: "db" } }, false],
    ["a label that is not there", { matchLabels: { zone: "a" } }, false],
    ["one of two labels differs", { matchLabels: { app: "web", tier: "back" } }, false],
    [
      "In with the value",
      { matchExpressions: [{ key: "app", operator: "In", values: ["db", "web"] }] },
      true,
    ],
    ["In without the value", { matchExpressions: [{ key: "app", operator: "In", values: ["db"] }] }, false],
    ["In without the key", { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }, false],
    [
      "NotIn with the value",
      { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
      false,
    ],
    [
      "NotIn without the key",
      { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] },
      true,
    ],
    ["Exists", { matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    ["Exists without the key", { matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
    ["DoesNotExist", { matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] }, true],
    ["DoesNotExist with the key", { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, false],
    [
      "labels and expressions together",
      { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "In", values: ["back"] }] },
      false,
    ],
  ];
  for (const [what, selector, expected] of table) {
    it(`${what}: ${expected ? "selected" : "not selected"}`, () => {
      expect(matches(selector, labels)).to.equal(expected);
    });
  }

  const names = (pods: readonly KnownPod[]): string[] => pods.map(({ name }) => name);
  it("a peer without a namespace selector stays in the policy's namespace", () => {
    expect(names(peerPods({ podSelector: {} }, "shop", cluster()))).to.deep.equal(["web", "database"]);
  });
  it("a peer with only a namespace selector matches all pods there", () => {
    const peer = { namespaceSelector: { matchLabels: { kind: "outside" } } };
    expect(names(peerPods(peer, "shop", cluster()))).to.deep.equal(["visitor"]);
  });
  it("a peer with both means both", () => {
    const peer = { namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } };
    expect(names(peerPods(peer, "street", cluster()))).to.deep.equal(["web"]);
  });
  it("a peer that is a block of addresses selects no pods", () => {
    expect(peerPods({ ipBlock: { cidr: "0.0.0.0/0" } }, "shop", cluster())).to.deep.equal([]);
  });
  it("a namespace whose labels are unknown is not selected", () => {
    const unknown = { ...cluster(), namespaces: new Map<string, Labels>() };
    expect(peerPods({ namespaceSelector: {} }, "shop", unknown)).to.deep.equal([]);
  });
});

describe("network policies: rules", () => {
  const toWeb = { podSelector: { matchLabels: { app: "web" } } };
  const fromDatabase = "ip saddr { 10.244.0.3 }";
  const database = [{ podSelector: { matchLabels: { app: "database" } } }];

  const ingress: readonly [string, Policy["spec"]["ingress"], string[]][] = [
    ["no rule", [], []],
    ["an empty rule", [{}], ["accept"]],
    ["empty lists", [{ from: [], ports: [] }], ["accept"]],
    ["a pod", [{ from: database }], [`${fromDatabase} accept`]],
    ["a pod that does not exist", [{ from: [{ podSelector: { matchLabels: { app: "x" } } }] }], []],
    ["a port", [{ ports: [{ port: 80 }] }], ["tcp dport { 80 } accept"]],
    [
      "a pod and a port",
      [{ from: database, ports: [{ port: 80 }] }],
      [`${fromDatabase} tcp dport { 80 } accept`],
    ],
    ["a range", [{ ports: [{ port: 8000, endPort: 8100 }] }], ["tcp dport { 8000-8100 } accept"]],
    [
      "ranges that overlap",
      [
        {
          ports: [
            { port: 8000, endPort: 8100 },
            { port: 8050, endPort: 8200 },
            { port: 8201 },
            { port: 9000 },
          ],
        },
      ],
      ["tcp dport { 8000-8201, 9000 } accept"],
    ],
    [
      "three protocols",
      [{ ports: [{ port: 53 }, { protocol: "UDP", port: 53 }, { protocol: "SCTP", port: 7 }] }],
      ["tcp dport { 53 } accept", "udp dport { 53 } accept", "sctp dport { 7 } accept"],
    ],
    ["a protocol without a port", [{ ports: [{ protocol: "UDP" }] }], ["meta l4proto udp accept"]],
    ["a named port", [{ ports: [{ port: "http" }] }], ["ip daddr { 10.244.0.2 } tcp dport 8080 accept"]],
    ["a named port of another protocol", [{ ports: [{ protocol: "UDP", port: "http" }] }], []],
    ["a named port that no pod has", [{ ports: [{ port: "metrics" }] }], []],
    ["a block", [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }], ["ip saddr 10.0.0.0/8 accept"]],
    [
      "a block with exceptions",
      [
        {
          from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "10.1.2.0/24"] } }],
          ports: [{ port: 80 }],
        },
      ],
      ["ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 ip saddr != 10.1.2.0/24 tcp dport { 80 } accept"],
    ],
    [
      "everything but",
      [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.244.0.0/24"] } }] }],
      ["ip saddr != 10.244.0.0/24 accept"],
    ],
    ["a block of IPv6 addresses", [{ from: [{ ipBlock: { cidr: "::/0" } }] }], []],
    [
      "two peers and two rules",
      [
        { from: [...database, { namespaceSelector: { matchLabels: { open: "yes" } } }] },
        { ports: [{ port: 1 }] },
      ],
      ["ip saddr { 10.244.0.3, 10.244.0.4 } accept", "tcp dport { 1 } accept"],
    ],
  ];
  for (const [what, rules, expected] of ingress) {
    it(`ingress, ${what}`, () => {
      expect(ingressRules({ ...toWeb, policyTypes: ["Ingress"], ingress: rules ?? [] })).to.deep.equal(
        expected,
      );
    });
  }

  const egress: readonly [string, Policy["spec"]["egress"], string[]][] = [
    ["no rule", [], []],
    ["an empty rule", [{}], ["goto ingress"]],
    [
      "a pod and a port",
      [{ to: database, ports: [{ port: 5432 }] }],
      ["ip daddr { 10.244.0.3 } tcp dport { 5432 } goto ingress"],
    ],
    [
      "an address of the node",
      [{ to: [{ ipBlock: { cidr: "10.203.0.1/32" } }] }],
      ["ip daddr 10.203.0.1/32 goto ingress"],
    ],
    [
      "a port by the name that the server gives it",
      [{ to: database, ports: [{ port: "sql" }] }],
      ["ip daddr { 10.244.0.3 } ip daddr { 10.244.0.3 } tcp dport 5432 goto ingress"],
    ],
    [
      "a named port of each pod that has it",
      [{ ports: [{ port: "http" }] }],
      ["ip daddr { 10.244.0.2 } tcp dport 8080 goto ingress"],
    ],
  ];
  for (const [what, rules, expected] of egress) {
    it(`egress, ${what}`, () => {
      expect(egressRules({ ...toWeb, policyTypes: ["Egress"], egress: rules ?? [] })).to.deep.equal(expected);
    });
  }
});

describe("network policies: the table", () => {
  const denyAll = policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });

  it("without policies, pods reach each other, and only addresses that are known pass", () => {
    const text = renderRuleset(cluster());
    expect(chainLines(text, "ingress")).to.deep.equal(["accept"]);
    expect(chainLines(text, "forward")).to.deep.equal([
      "type filter hook forward priority filter; policy accept;",
      "ct state established,related accept",
      "meta nfproto ipv6 drop",
      'iifname "veth*" ip saddr != @known drop',
      'oifname "veth*" ip daddr != @known drop',
      "ip saddr . ip daddr @itself accept",
      "goto ingress",
    ]);
    expect(chainLines(text, "input")).to.deep.equal([
      "type filter hook input priority filter; policy accept;",
      "ct state established,related accept",
      'iifname != "veth*" accept',
      "meta nfproto ipv6 drop",
      "ip saddr != @known drop",
    ]);
    expect(text).to.include("elements = { 10.244.0.2, 10.244.0.3, 10.244.0.4 }");
  });

  it("without pods, nothing passes", () => {
    const text = renderRuleset({ policies: [denyAll], pods: [], namespaces: new Map() });
    expect(text).not.to.include("elements");
    expect(text).not.to.include("vmap");
  });

  it("default deny closes the pods of its namespace in both directions, and no others", () => {
    const text = renderRuleset(cluster(denyAll));
    expect(chainLines(text, "ingress")[0]).to.equal(
      "ip daddr vmap { 10.244.0.2 : goto ingress_pods_0, 10.244.0.3 : goto ingress_pods_0 }",
    );
    expect(chainLines(text, "ingress_pods_0").at(-1)).to.equal("drop");
    expect(chainLines(text, "egress_pods_0").at(-1)).to.equal("drop");
    expect(chainLines(text, "forward").at(-2)).to.include("10.244.0.2 : goto egress_pods_0");
    expect(chainLines(text, "input").at(-1)).to.include("10.244.0.2 : goto egress_pods_0");
  });

  it("a policy of one direction leaves the other one open", () => {
    const text = renderRuleset(cluster(policy({ podSelector: {}, policyTypes: ["Egress"] })));
    expect(chainLines(text, "ingress")).to.deep.equal(["accept"]);
  });

  it("without types, a policy is about ingress, and about egress where it has egress rules", () => {
    const text = renderRuleset(cluster(policy({ podSelector: {} })));
    expect(text).to.include("chain ingress_policy_0").and.not.to.include("chain egress_policy_0");
    expect(renderRuleset(cluster(policy({ podSelector: {}, egress: [{}] })))).to.include(
      "chain egress_policy_0",
    );
    expect(renderRuleset(cluster(policy({ podSelector: {}, policyTypes: [], egress: [] }))))
      .to.include("chain ingress_policy_0")
      .and.not.to.include("chain egress_policy_0");
  });

  it("what any of a pod's policies allows is allowed", () => {
    const allow: Policy = {
      metadata: { namespace: "shop", name: "allow" },
      spec: { podSelector: { matchLabels: { app: "web" } }, ingress: [{}] },
    };
    const text = renderRuleset(cluster(denyAll, allow));
    expect(chainLines(text, "ingress_pods_0_1")).to.deep.equal([
      "jump ingress_policy_0",
      "jump ingress_policy_1",
      "drop",
    ]);
    expect(chainLines(text, "ingress_policy_0")).to.deep.equal(["accept"]);
  });

  it("a pod can always connect to itself", () => {
    expect(renderRuleset(cluster(denyAll))).to.include("10.244.0.2 . 10.244.0.2");
  });

  it("the order of what it is given does not matter", () => {
    const state = cluster(denyAll);
    expect(renderRuleset({ ...state, pods: state.pods.toReversed() })).to.equal(renderRuleset(state));
  });
});

describe("network policies: packets through the table of random clusters", () => {
  it("pass exactly where the documentation of Kubernetes allows them", function () {
    this.timeout("30s");
    const counted = { allowed: 0, refused: 0 };
    fc.assert(
      fc.property(clusters, (state) => {
        const pass = packetFilter(renderRuleset(state));
        for (const [source, server, packet] of packetsOf(state)) {
          const expected = isAllowed(state, source, server, packet);
          counted[expected ? "allowed" : "refused"]++;
          if (pass(packet) !== expected)
            expect.fail(`${JSON.stringify(packet)} should be ${expected ? "allowed" : "refused"}`);
        }
      }),
      { numRuns: 100 },
    );
    // A comparison where nothing is refused, or nothing allowed, compares nothing.
    expect(counted.allowed).to.be.greaterThan(2_000);
    expect(counted.refused).to.be.greaterThan(2_000);
  });
});
