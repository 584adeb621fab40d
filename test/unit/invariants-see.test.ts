import { expect } from "chai";
import { mockPassword } from "../harness.ts";
import { INVARIANTS } from "../invariants/all.ts";
import { FREE_HEALTH, MUTABLE_SECRETS, NO_SECRETS, TAG_FORMS } from "../invariants/exceptions.ts";
import { HOLDS_DATA, WRITTEN_ONCE } from "../invariants/lifecycle.ts";
import type { Synth } from "../invariants/invariant.ts";
import { isDeniedLitellm } from "../invariants/pods.ts";
import { containersOf, type NetworkPolicySpec, podOwners } from "../kubernetes.ts";
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

/** A Secret of pods of others, and what lets these in and out. */
const USERS_SECRET = "nats-user-lab-1-llm-data";
const USERS_WAY_IN = "network-llm-data-nats-server";
const USERS_WAY_OUT = "network-llm-data-outside-lab";

const container = (path: string, value: unknown): Mutation => set(DEPLOYMENT, `${CONTAINER}.${path}`, value);

/** Moves an object to a namespace that nobody keeps. */
const inAnotherNamespace =
  (name: string): Mutation =>
  (recording) => {
    const changes = { name: "other-namespace", id: "other", protect: false, retainOnDelete: false };
    return set(name, "inputs.metadata.namespace", "other")(copy("chat-namespace", changes)(recording));
  };

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
    "the one that changes, replaced by the provider": set("cluster", "inputs.enableSecretMutable", undefined),
    "the one that changes, in no file": set("nats-server-statefulset", `${TEMPLATE}.volumes.0`, {
      name: "etc-nats",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "the one that changes, not marked": set("nats-users", "inputs.stringData", { "users.conf": "x" }),
  },
  "secret variables come from Secrets": {
    "a key in clear": container("env", [{ name: "LITELLM_MASTER_KEY", value: "sk-1234" }]),
    "another prefix of keys": container("env", [{ name: "LITELLM_KEY_PREFIX", value: "sk-" }]),
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
    "/health of a server that nobody knows to answer for nothing": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.livenessProbe.httpGet.path`,
      "/health",
    ),
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
    "Phoenix's form of another image": set(
      STATEFULSET,
      `${CONTAINER}.image`,
      "docker.io/library/postgres:version-18.6.0-nonroot",
    ),
    "Phoenix's form of another Phoenix": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.image`,
      "docker.io/other/phoenix:version-20.26.1-nonroot",
    ),
    "Phoenix without a version": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.image`,
      "docker.io/arizephoenix/phoenix:version-nonroot",
    ),
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
    "a Secret like that of a user": copy(USERS_SECRET, {
      urn: "urn:other",
      id: "llm-data/other",
      name: "nats-user-other-1-llm-data",
    }),
    "a user's Secret in another namespace": set(USERS_SECRET, "inputs.metadata.namespace", "llm-chat"),
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
    "a user's Secret where nobody asked for it": set(USERS_SECRET, "inputs.metadata.namespace", "default"),
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
    "pods of others that nobody named": set(
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
    "an edge of a member that is alone": set("etcd-server-statefulset", "inputs.spec.replicas", 1),
  },
  "prod protects data, dev nothing": {
    "an unprotected claim": set("postgres-data", "protect", false),
    "a claim that goes": set("postgres-data", "retainOnDelete", false),
    "an unprotected salt key": set("litellm-salt-key-value", "protect", false),
    "an unprotected namespace": set("data-namespace", "protect", false),
    "a protected Deployment": set(DEPLOYMENT, "protect", true),
    "a new claim": copy("postgres-data", { name: "other-data", protect: false }),
    "a claim of a namespace that goes": inAnotherNamespace("open-webui-data"),
    "a Secret with a key of a namespace that goes": inAnotherNamespace("litellm-salt-key-llm-gateway"),
    "an unprotected namespace of the chat": set("chat-namespace", "protect", false),
    "a key of Phoenix that goes": set("phoenix-secret-value", "retainOnDelete", false),
    "an unprotected Secret with a key": set("phoenix-secret-llm-tracing", "protect", false),
    "an unprotected guard": set("open-webui-secret-key-first", "protect", false),
    "a number of members that anybody changes": set("etcd-members", "protect", false),
    "a first password that is protected": set("phoenix-admin-password-value", "protect", true),
    "a user's Secret that is protected": set(USERS_SECRET, "protect", true),
    "a master key that is left behind": set(MASTER_KEY, "retainOnDelete", true),
  },
  "keys that data is written with are written once": {
    "a salt key that changes": set("litellm-salt-key-value", "ignoreChanges", []),
    "a first password that changes": set("phoenix-admin-password-value", "ignoreChanges", []),
    "a master key that never changes": set("litellm-master-key-value", "ignoreChanges", ["*"]),
    "a value that nothing guards": drop("litellm-salt-key-first"),
    "a guard of another credential": copy("litellm-salt-key-first", { name: "litellm-master-key-first" }),
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

  it("nothing is unused: the Secret of a user whom the configuration does not have", () => {
    const { config } = synth;
    for (const users of [[], config.nats.users.map((user) => ({ ...user, namespace: "elsewhere" }))]) {
      const others = { ...synth, config: { ...config, nats: { ...config.nats, users } } };
      expect(INVARIANTS["nothing is unused"]?.(others).join()).to.include(USERS_SECRET);
    }
  });

  it("every exception is needed: what it names is there", () => {
    const { resources } = synth.recording;
    const names = resources.map(({ name }) => name);
    const containers = podOwners(synth.recording).flatMap(({ labels, pod }) =>
      containersOf(pod).map((container) => ({ ...container, application: labels["app.kubernetes.io/name"] })),
    );
    const there = [
      ...names,
      ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
      ...containers
        .filter(({ livenessProbe }) => livenessProbe?.httpGet?.path === "/health")
        .map(({ application }) => application),
      ...Object.keys(TAG_FORMS).filter((end) => containers.some(({ image }) => image.includes(`${end}:`))),
      ...Object.keys(WRITTEN_ONCE).filter((credential) => names.includes(`${credential}-first`)),
    ];
    const tables = [MUTABLE_SECRETS, FREE_HEALTH, NO_SECRETS, TAG_FORMS, WRITTEN_ONCE, HOLDS_DATA];
    expect(tables.flatMap(Object.keys).filter((name) => !there.includes(name))).to.deep.equal([]);
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
