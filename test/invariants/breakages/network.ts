import type { NetworkPolicySpec } from "../../kubernetes.ts";
import { drop, type Mutation, set } from "../../mutate.ts";
import { type Breakages, container, POLICY } from "./breakage.ts";

/** What lets pods of others in and out. */
const USERS_WAY_IN = "network-llm-data-nats-server";
const USERS_WAY_OUT = "network-llm-data-outside-lab";

/** Changes the rule of the gateway for the internet, wherever it is among the others. */
const internet =
  (path: string, value: unknown): Mutation =>
  (recording) => {
    const gateway = "network-llm-gateway-litellm-server";
    const policy = recording.resources.find(({ name }) => name === gateway);
    const { egress = [] } = (policy?.inputs as { spec?: NetworkPolicySpec } | undefined)?.spec ?? {};
    const index = egress.findIndex(({ to = [] }) => to.some(({ ipBlock }) => ipBlock !== undefined));
    return set(gateway, `inputs.spec.egress.${index}.${path}`, value)(recording);
  };

/** Less than restricted in one mode, and what the namespace says about it. */
const exception =
  (mode: string, reason: string): Mutation =>
  (recording) => {
    const level = set(
      "data-namespace",
      ["inputs", "metadata", "labels", `pod-security.kubernetes.io/${mode}`],
      "baseline",
    );
    const annotations = { "llm-platform/pod-security-reason": reason };
    return set("data-namespace", "inputs.metadata.annotations", annotations)(level(recording));
  };

export const NETWORK: Breakages = {
  "namespaces deny all but DNS": {
    "no default deny": drop("data-default-deny"),
    "no DNS": drop("gateway-allow-dns"),
    "only ingress": set("data-default-deny", "inputs.spec.policyTypes", ["Ingress"]),
    "DNS anywhere": set("data-allow-dns", "inputs.spec.egress.0.to.0.podSelector", {}),
    "no DNS over TCP": set("data-allow-dns", "inputs.spec.egress.0.ports", [{ protocol: "UDP", port: 53 }]),
    "no OpenShift": set("data-allow-dns", "inputs.spec.egress.1.ports.0.port", 53),
    "one more policy for all pods": set(POLICY, "inputs.spec.podSelector", {}),
  },
  "namespaces enforce Pod Security restricted": {
    baseline: set(
      "data-namespace",
      ["inputs", "metadata", "labels", "pod-security.kubernetes.io/enforce"],
      "baseline",
    ),
    "baseline for a reason that says nothing": exception("enforce", " "),
    "no warnings, for whatever reason": exception("warn", "a driver mounts for the node"),
    "no warnings": set(
      "gateway-namespace",
      ["inputs", "metadata", "labels", "pod-security.kubernetes.io/warn"],
      undefined,
    ),
  },
  "policies select one workload": {
    "a wrong label": set(POLICY, "inputs.spec.podSelector.matchLabels", { app: "postgres" }),
    "two workloads": set(POLICY, "inputs.spec.podSelector.matchLabels", {
      "app.kubernetes.io/name": "postgres",
    }),
    "pods of others that no edge names": set(USERS_WAY_OUT, "inputs.spec.podSelector.matchLabels", {
      "app.kubernetes.io/name": "other",
    }),
  },
  "policy rules name peers and ports": {
    "no peer": set(POLICY, "inputs.spec.ingress.0.from", undefined),
    "no port": set(POLICY, "inputs.spec.ingress.0.ports", undefined),
    "an empty list of ports": set(POLICY, "inputs.spec.ingress.0.ports", []),
    "a port range": set(POLICY, "inputs.spec.ingress.0.ports.0.endPort", 6000),
    "any namespace": set(POLICY, "inputs.spec.ingress.0.from.0.namespaceSelector", {}),
    "any pod": set(POLICY, "inputs.spec.ingress.0.from.0.podSelector", {}),
  },
  "policy peers and ports exist": {
    "a peer that is not there": set(POLICY, "inputs.spec.ingress.0.from.0.namespaceSelector.matchLabels", {
      "kubernetes.io/metadata.name": "llm-gateway",
    }),
    "a port that is not there": set(POLICY, "inputs.spec.ingress.0.ports.0.port", 5433),
    "a port that is not there, for pods of others": set(
      USERS_WAY_IN,
      "inputs.spec.ingress.0.ports.0.port",
      4223,
    ),
    "pods of others that no edge names": set(
      USERS_WAY_IN,
      "inputs.spec.ingress.0.from.0.podSelector.matchLabels",
      { "app.kubernetes.io/name": "other" },
    ),
    "an egress port that is not there": set(
      "network-llm-data-postgres-roles",
      "inputs.spec.egress.0.ports.0.port",
      5433,
    ),
  },
  "traffic is what the edges say": {
    "one side denied": set(POLICY, "inputs.spec.ingress", []),
    "the other side denied": set("network-llm-gateway-litellm-server", "inputs.spec.egress", []),
    "no policies": drop(POLICY),
    "another port of the internet": internet("ports.0.port", 80),
    "pods of others that are not let out": drop(USERS_WAY_OUT),
    "pods of others that are let out to another port": set(
      USERS_WAY_OUT,
      "inputs.spec.egress.0.ports.0.port",
      6379,
    ),
    "undeclared pods outside the platform": set(
      USERS_WAY_IN,
      "inputs.spec.ingress.0.from.0.podSelector.matchLabels",
      { "app.kubernetes.io/name": "other" },
    ),
    "no default deny at all": (recording) =>
      [
        "gateway-default-deny",
        "network-llm-gateway-litellm-server",
        "gateway-allow-dns",
        "network-llm-gateway-litellm-migration",
      ]
        .map(drop)
        .reduce((mutant, mutation) => mutation(mutant), recording),
  },
  "the internet leaves private addresses out": {
    "the metadata service": internet("to.0.ipBlock.except", [
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "100.64.0.0/10",
      "127.0.0.0/8",
    ]),
    "all of IPv6": internet("to.1.ipBlock.cidr", "::/0"),
  },
  "every edge is used": {
    "a host that is not there": container("env.0", { name: "A", value: "valkey.llm-data.svc.cluster.local" }),
    "another host": container("env.0", { name: "A", value: "nats://nats.llm-data.svc:4222" }),
    "no host": container("env", []),
    "no edge": set(POLICY, "inputs.spec.ingress", []),
    "no host in a file": set("litellm-config", "inputs.data", { "config.yaml": "" }),
    "another host in a file": set("nats-config", "inputs.data", { "nats.conf": "redis.llm-data.svc" }),
    "members without an edge": set("network-llm-data-etcd-server", "inputs.spec.ingress", []),
    "an edge of a single member": set("etcd-server-statefulset", "inputs.spec.replicas", 1),
  },
};
