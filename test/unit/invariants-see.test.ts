import { expect } from "chai";
import { mockPassword } from "../harness.ts";
import { INVARIANTS } from "../invariants/all.ts";
import type { Synth } from "../invariants/invariant.ts";
import { isDeniedLitellm } from "../invariants/pods.ts";
import { copy, drop, type Mutation, set } from "../mutate.ts";
import { API_KEY, platformConfig, runStack } from "../program.ts";

// A check that cannot fail is worth nothing: each invariant is shown something broken here, and has to tell.

const DEPLOYMENT = "litellm-server-deployment";
const STATEFULSET = "postgres-server-statefulset";
const TEMPLATE = "inputs.spec.template.spec";
const CONTAINER = `${TEMPLATE}.containers.0`;
const POLICY = "network-llm-data-postgres-server";
const MASTER_KEY = "litellm-master-key-llm-gateway";
const password = mockPassword("postgres-superuser-value", 48);

const container = (path: string, value: unknown): Mutation => set(DEPLOYMENT, `${CONTAINER}.${path}`, value);

const BREAKAGES: Readonly<Record<string, Readonly<Record<string, Mutation>>>> = {
  "every child has a parent": {
    "no parent": set(DEPLOYMENT, "parent", ""),
    "the stack as parent": set(DEPLOYMENT, "parent", "urn:pulumi:prod::llm-platform::pulumi:pulumi:Stack::x"),
  },
  "names begin with the parent's": { "another name": set(DEPLOYMENT, "name", "gateway-deployment") },
  "URNs and objects are unique": {
    "one object twice": copy(DEPLOYMENT, { urn: "urn:other" }),
    "one URN twice": copy(DEPLOYMENT, { id: "llm-gateway/other" }),
  },
  "names and labels are valid": {
    capitals: set(MASTER_KEY, "id", "llm-gateway/litellm-masterKey-12345678"),
    "a long name": set(DEPLOYMENT, "id", `llm-gateway/${"a".repeat(64)}`),
    "a label with blanks": set(DEPLOYMENT, ["inputs", "metadata", "labels", "app.kubernetes.io/name"], "a b"),
  },
  "component types come from the token table": { "a new type": set("litellm", "type", "llm-platform:x:New") },
  "components register no inputs": { "an input": set("litellm", "inputs.namespace", "llm-gateway") },
  "components register their outputs": { "no outputs": set("litellm", "outputs", undefined) },
  "one explicit provider manages every object": {
    "the default provider": set(DEPLOYMENT, "provider", ""),
    "another context": set("cluster", "inputs.context", "somebody-elses-cluster"),
    "no provider": drop("cluster"),
    "two providers": copy("cluster", { name: "second" }),
  },
  "objects carry the platform's labels": {
    "no part-of": set(MASTER_KEY, ["inputs", "metadata", "labels", "app.kubernetes.io/part-of"], undefined),
    "another manager": set(POLICY, ["inputs", "metadata", "labels", "app.kubernetes.io/managed-by"], "hand"),
    "no name": set(POLICY, ["inputs", "metadata", "labels", "app.kubernetes.io/name"], undefined),
  },
  "no secret value is in clear": {
    "in a ConfigMap": set("litellm-config", "inputs.data", { "config.yaml": `api_key: ${API_KEY}` }),
    "in an argument": container("args.0", `--password=${password}`),
    "in base64": container("args.0", Buffer.from(`user:${password}`).toString("base64")),
    "in hex": container("args.0", Buffer.from(password).toString("hex")),
    "in a name": set(DEPLOYMENT, "name", `litellm-${password}`),
    "in a component's outputs": set("postgres", "outputs.url", `postgresql://postgres:${password}@postgres`),
    "in clear in a Secret": set(MASTER_KEY, "inputs.stringData", { key: API_KEY }),
  },
  "secret values are in Secrets alone": {
    "marked in an environment": container("env", [
      {
        name: "URL",
        value: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "x" },
      },
    ]),
  },
  "Secrets are marked, immutable and newly named": {
    "not marked": set(MASTER_KEY, "inputs.stringData", { key: "x" }),
    "no contents": set(MASTER_KEY, "inputs.stringData", undefined),
    mutable: set(MASTER_KEY, "inputs.immutable", undefined),
    "a fixed name": set(MASTER_KEY, "inputs.metadata.name", "litellm-master-key"),
  },
  "secret variables come from Secrets": {
    "a key in clear": container("env", [{ name: "LITELLM_MASTER_KEY", value: "sk-1234" }]),
  },
  "pods are hardened": {
    "a service-account token": set(DEPLOYMENT, `${TEMPLATE}.automountServiceAccountToken`, true),
    "no statement on the token": set(DEPLOYMENT, `${TEMPLATE}.automountServiceAccountToken`, undefined),
    "Service environment": set(DEPLOYMENT, `${TEMPLATE}.enableServiceLinks`, undefined),
    "host network": set(DEPLOYMENT, `${TEMPLATE}.hostNetwork`, true),
    "host processes": set(DEPLOYMENT, `${TEMPLATE}.hostPID`, true),
    root: set(DEPLOYMENT, `${TEMPLATE}.securityContext.runAsUser`, 0),
    "any user": set(DEPLOYMENT, `${TEMPLATE}.securityContext.runAsNonRoot`, undefined),
    "another group": set(STATEFULSET, `${TEMPLATE}.securityContext.fsGroup`, 0),
    "no seccomp": set(DEPLOYMENT, `${TEMPLATE}.securityContext.seccompProfile`, undefined),
    "unconfined seccomp": set(
      "postgres-roles-job",
      `${TEMPLATE}.securityContext.seccompProfile.type`,
      "Unconfined",
    ),
  },
  "containers are hardened": {
    "privilege escalation": container("securityContext.allowPrivilegeEscalation", undefined),
    capabilities: container("securityContext.capabilities", undefined),
    "a capability back": container("securityContext.capabilities.add", ["NET_RAW"]),
    privileged: container("securityContext.privileged", true),
    "a writable root": container("securityContext.readOnlyRootFilesystem", false),
    "an init container without": set(DEPLOYMENT, `${TEMPLATE}.initContainers`, [
      { name: "init", image: "x:1.0" },
    ]),
  },
  "containers have requests and a memory limit": {
    "no memory limit": container("resources.limits", undefined),
    "no CPU request": container("resources.requests.cpu", undefined),
    "no resources": container("resources", undefined),
    "a limit below the request": container("resources.limits.memory", "1Mi"),
  },
  "servers have probes, and none asks /health": {
    "/health": container("livenessProbe.httpGet.path", "/health"),
    "/health/": container("livenessProbe.httpGet.path", "/health/?x=1"),
    "no startup probe": container("startupProbe", undefined),
    "no readiness probe": container("readinessProbe", undefined),
    "an unknown port": container("readinessProbe.httpGet.port", "web"),
    "an empty probe": container("readinessProbe.httpGet", undefined),
    "a Job with a probe": set("postgres-roles-job", `${CONTAINER}.livenessProbe`, {
      exec: { command: ["true"] },
    }),
  },
  "images are exact and not on the deny list": {
    latest: container("image", "ghcr.io/berriai/litellm-non_root:latest"),
    "main-stable": container("image", "ghcr.io/berriai/litellm-non_root:main-v1.90.0-stable"),
    "no tag": container("image", "ghcr.io/berriai/litellm-non_root"),
    "a major version": set(STATEFULSET, `${CONTAINER}.image`, "docker.io/library/postgres:18"),
    "a half digest": set(STATEFULSET, `${CONTAINER}.image`, "docker.io/library/postgres:18.6@sha256:abc"),
    "a known hole": container("image", "ghcr.io/berriai/litellm-non_root:v1.83.9"),
    "a malicious release": container("image", "ghcr.io/berriai/litellm-non_root:v1.82.8"),
    "any registry": set(STATEFULSET, `${CONTAINER}.image`, "postgres:18.6"),
  },
  "environment names what comes before": {
    "the wrong order": container("env", [
      { name: "A", value: "$(B)" },
      { name: "B", value: "b" },
    ]),
    twice: container("env", [
      { name: "A", value: "a" },
      { name: "A", value: "b" },
    ]),
  },
  "volumes are bounded, mounted and of known kinds": {
    "no size limit": set(DEPLOYMENT, `${TEMPLATE}.volumes.1.emptyDir`, {}),
    "a host path": set(DEPLOYMENT, `${TEMPLATE}.volumes.1`, { name: "tmp", hostPath: { path: "/" } }),
    "an unmounted volume": set(DEPLOYMENT, `${TEMPLATE}.volumes.2`, {
      name: "x",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "a mount of nothing": container("volumeMounts.1.name", "other"),
    "a writable ConfigMap": container("volumeMounts.0.readOnly", undefined),
    "a path twice": container("volumeMounts.0.mountPath", "/tmp"),
    "a name twice": set(DEPLOYMENT, `${TEMPLATE}.volumes.0.name`, "tmp"),
  },
  "replicas have a disruption budget and a spread": {
    "no budget": drop("litellm-server-disruption-budget"),
    "no spread": set(DEPLOYMENT, `${TEMPLATE}.topologySpreadConstraints`, undefined),
    "a budget for one pod": set(DEPLOYMENT, "inputs.spec.replicas", 1),
  },
  "pods name what exists": {
    "no Secret": drop(MASTER_KEY),
    "a Secret of another namespace": set(MASTER_KEY, "inputs.metadata.namespace", "llm-data"),
    "another key": container("env.0.valueFrom.secretKeyRef.key", "password"),
    "no ConfigMap": drop("litellm-config"),
    "no claim": drop("postgres-data"),
    "a service account": set(DEPLOYMENT, `${TEMPLATE}.serviceAccountName`, "litellm"),
    "no governing Service": set(STATEFULSET, "inputs.spec.serviceName", "db"),
  },
  "nothing is unused": {
    "a Secret": copy(MASTER_KEY, { urn: "urn:other", id: "llm-gateway/other" }),
    "a ConfigMap": set(DEPLOYMENT, `${TEMPLATE}.volumes.0`, {
      name: "etc-litellm",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "a claim": copy("postgres-data", { urn: "urn:other", id: "llm-data/other" }),
  },
  "files on command lines are mounted": {
    "another file": container("args.1", "/etc/litellm/proxy.yaml"),
    "no file": container("args", ["--port", "4000"]),
    "another file in the ConfigMap": set("ConfigMap::postgres-roles", "inputs.data", { "other.sql": "" }),
  },
  "selectors select one workload": {
    "a Service of nothing": set("litellm-server-service", "inputs.spec.selector", { app: "litellm" }),
    "a Service without selector": set("postgres-server-service", "inputs.spec.selector", undefined),
    "a budget of nothing": set("litellm-server-disruption-budget", "inputs.spec.selector.matchLabels", {
      a: "b",
    }),
    "a controller of another's pods": set(DEPLOYMENT, "inputs.spec.selector.matchLabels", {
      "app.kubernetes.io/component": "migration",
    }),
    "a selector of two": set(DEPLOYMENT, "inputs.spec.selector.matchLabels", {
      "app.kubernetes.io/name": "litellm",
    }),
  },
  "Service ports resolve": {
    "an unknown name": set("litellm-server-service", "inputs.spec.ports.0.targetPort", "web"),
    "another number": set("litellm-server-service", "inputs.spec.ports.0.port", 80),
    "no port": set("litellm-server-service", "inputs.spec.ports", []),
  },
  "objects stand in the stack's namespaces": {
    default: set("litellm-server-service", "inputs.metadata.namespace", "default"),
    none: set("litellm-server-service", "inputs.metadata.namespace", undefined),
  },
  "namespaces deny all but DNS": {
    "no default deny": drop("data-default-deny"),
    "no DNS": drop("gateway-allow-dns"),
    "ingress alone": set("data-default-deny", "inputs.spec.policyTypes", ["Ingress"]),
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
    "two ways to the internet": set(
      "network-llm-gateway-litellm-server",
      "inputs.spec.egress.1.ports.0.port",
      80,
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
    "the metadata service": set(
      "network-llm-gateway-litellm-server",
      "inputs.spec.egress.1.to.0.ipBlock.except",
      ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"],
    ),
    "all of IPv6": set(
      "network-llm-gateway-litellm-server",
      "inputs.spec.egress.1.to.1.ipBlock.cidr",
      "::/0",
    ),
  },
  "every edge is used": {
    "another host": container("env", [
      { name: "DATABASE_URL", value: "postgresql://litellm@postgres.llm-data.svc:5432" },
      { name: "REDIS_HOST", value: "redis.llm-data.svc.cluster.local" },
    ]),
    "no host": container("env", []),
    "no edge": set(POLICY, "inputs.spec.ingress", []),
  },
  "prod protects data, dev nothing": {
    "an unprotected claim": set("postgres-data", "protect", false),
    "a claim that goes": set("postgres-data", "retainOnDelete", false),
    "an unprotected salt key": set("litellm-salt-key-value", "protect", false),
    "an unprotected namespace": set("data-namespace", "protect", false),
    "a protected Deployment": set(DEPLOYMENT, "protect", true),
    "a new claim": copy("postgres-data", { name: "other-data", protect: false }),
  },
  "keys that data is written with are written once": {
    "a salt key that changes": set("litellm-salt-key-value", "ignoreChanges", []),
    "a Deployment that hides changes": set(DEPLOYMENT, "ignoreChanges", ["spec"]),
  },
  "ConfigMaps are immutable and named by content": {
    mutable: set("litellm-config", "inputs.immutable", undefined),
    "another content": set("litellm-config", "inputs.data", { "config.yaml": "" }),
  },
  "objects wait for namespaces, pods for policies": {
    "no order at all": (recording) => ({
      ...recording,
      resources: recording.resources.map((resource) => ({ ...resource, dependencies: [] })),
    }),
    "a network that waits for no namespace": set("network", "dependencies", []),
    "a gateway that waits for nothing": (recording) => set("litellm", "dependencies", [])(recording),
  },
};

describe("every invariant sees", () => {
  let synth: Synth;
  before(async () => {
    synth = { recording: await runStack("prod"), config: platformConfig("prod") };
  });

  it("has a breakage for each invariant", () =>
    expect(Object.keys(BREAKAGES)).to.have.members(Object.keys(INVARIANTS)));

  for (const [statement, breakages] of Object.entries(BREAKAGES)) {
    for (const [what, mutation] of Object.entries(breakages)) {
      it(`${statement}: ${what}`, () => {
        const mutant = { ...synth, recording: mutation(synth.recording) };
        expect(INVARIANTS[statement]?.(mutant)).to.not.be.empty;
      });
    }
  }

  it("prod protects data, dev nothing: protection in dev", () => {
    const dev = { ...synth, config: { ...synth.config, profile: "dev" as const } };
    expect(INVARIANTS["prod protects data, dev nothing"]?.(dev)).to.not.be.empty;
  });

  for (const [tag, denied] of [
    ["v1.83.99", true],
    ["v1.82.7", true],
    ["v0.99.0", true],
    ["v1.84.0", false],
    ["v2.0.0", false],
  ] as const) {
    it(`LiteLLM ${tag} is ${denied ? "denied" : "allowed"}`, () =>
      expect(isDeniedLitellm(tag)).to.equal(denied));
  }
});
