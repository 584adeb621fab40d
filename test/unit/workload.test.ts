import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { imageReference } from "../../components/images.ts";
import { contentHash, immutableConfigMap } from "../../components/workload/config-map.ts";
import { Workload, type WorkloadArgs } from "../../components/workload/index.ts";
import { Job } from "../../components/workload/job.ts";
import { type PodArgs, type PodPlacement, renderPodTemplate } from "../../components/workload/render-pod.ts";
import { find, inventory, record, shown } from "../harness.ts";

const IDENTITY = { application: "app", role: "server" };
const SELECTOR = { "app.kubernetes.io/name": "app", "app.kubernetes.io/component": "server" };
const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const MINIMAL: PodArgs = {
  image: { repository: "registry.example.org/app", tag: "1.2.3" },
  uid: 1000,
  resources: { cpuRequestMillicores: 100, memoryRequestMi: 64, memoryLimitMi: 128 },
};
const ONCE: PodPlacement = { restartPolicy: "Never", spread: false };

const render = (pod: Partial<PodArgs> = {}, placement: PodPlacement = ONCE) =>
  renderPodTemplate(IDENTITY, { ...MINIMAL, ...pod }, placement);
const container = (pod: Partial<PodArgs>) => render(pod).spec.containers[0];

describe("renderPodTemplate", () => {
  it("hardens the smallest pod, and adds nothing that was not asked for", () =>
    expect(render()).to.deep.equal({
      metadata: { labels: LABELS },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 30,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "app",
            image: "registry.example.org/app:1.2.3",
            env: [],
            ports: [],
            resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"] },
              privileged: false,
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
            },
            volumeMounts: [],
          },
        ],
        volumes: [],
      },
    }));

  it("hands over what a program is started with", () => {
    const given = { command: ["run"], args: ["--fast"], workingDir: "/app" };
    expect(container(given)).to.deep.include(given);
    expect(render({ terminationGracePeriodSeconds: 90 }).spec.terminationGracePeriodSeconds).to.equal(90);
  });

  it("puts variables from Secrets first, so that others can name them (S2.31), each sort by name", () =>
    expect(
      container({
        env: { URL: "http://$(TOKEN)@host", DEBUG: "1" },
        secretEnv: { TOKEN: { name: "t", key: "k" }, KEY: { name: "s", key: "key" } },
      })?.env,
    ).to.deep.equal([
      { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "key" } } },
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "k" } } },
      { name: "DEBUG", value: "1" },
      { name: "URL", value: "http://$(TOKEN)@host" },
    ]));

  it("names ports", () =>
    expect(container({ ports: { http: 80, metrics: 9100 } })?.ports).to.deep.equal([
      { name: "http", containerPort: 80, protocol: "TCP" },
      { name: "metrics", containerPort: 9100, protocol: "TCP" },
    ]));

  it("probes by HTTP and by command, with defaults", () => {
    const probes = {
      startup: {
        http: { path: "/up", port: "http" },
        periodSeconds: 1,
        timeoutSeconds: 2,
        failureThreshold: 60,
      },
      readiness: { http: { path: "/ready", port: "http" } },
      liveness: { exec: ["check", "--fast"] },
    };
    const { startupProbe, readinessProbe, livenessProbe } = container({ probes }) as Record<string, unknown>;
    expect({ startupProbe, readinessProbe, livenessProbe }).to.deep.equal({
      startupProbe: {
        httpGet: { path: "/up", port: "http" },
        periodSeconds: 1,
        timeoutSeconds: 2,
        failureThreshold: 60,
      },
      readinessProbe: {
        httpGet: { path: "/ready", port: "http" },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      livenessProbe: {
        exec: { command: ["check", "--fast"] },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
    });
  });

  it("mounts scratch, memory, ConfigMaps and claims, sorted by path", () => {
    const { containers, volumes } = render({
      mounts: {
        "/var/run/app": { emptyDir: { sizeLimitMi: 1, inMemory: true } },
        "/etc/app": { configMap: { name: "app-config" } },
        "/tmp": { emptyDir: { sizeLimitMi: 64 } },
        "/data": { claim: { name: "app-data" } },
      },
    }).spec;
    expect(containers[0]?.volumeMounts).to.deep.equal([
      { name: "data", mountPath: "/data" },
      { name: "etc-app", mountPath: "/etc/app", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      { name: "var-run-app", mountPath: "/var/run/app" },
    ]);
    expect(volumes).to.deep.equal([
      { name: "data", persistentVolumeClaim: { claimName: "app-data" } },
      { name: "etc-app", configMap: { name: "app-config" } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "var-run-app", emptyDir: { sizeLimit: "1Mi", medium: "Memory" } },
    ]);
  });

  it("spreads pods softly over nodes and zones", () => {
    const { topologySpreadConstraints } = render({}, { restartPolicy: "Always", spread: true }).spec;
    expect(topologySpreadConstraints).to.deep.equal(
      ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: LABELS },
      })),
    );
  });

  it("is the same whatever the order of what it is given", () => {
    const env = { A: "1", B: "2", C_D: "3", CE: "4" };
    const mounts = { "/a": { emptyDir: { sizeLimitMi: 1 } }, "/b": { emptyDir: { sizeLimitMi: 1 } } };
    const reversed = <T>(map: Record<string, T>) => Object.fromEntries(Object.entries(map).reverse());
    expect(render({ env, mounts })).to.deep.equal(render({ env: reversed(env), mounts: reversed(mounts) }));
  });
});

describe("imageReference", () => {
  it("names repository and tag", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0" })).to.equal("r.example.org/a:1.0"));
  it("and the digest where it is known", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0", digest: "sha256:0" })).to.equal(
      "r.example.org/a:1.0@sha256:0",
    ));
});

describe("contentHash", () => {
  const hash = contentHash({ "a.yaml": "1", "b.yaml": "2" });
  it("is ten hex digits", () => expect(hash).to.match(/^[0-9a-f]{10}$/));
  it("does not depend on order", () => expect(contentHash({ "b.yaml": "2", "a.yaml": "1" })).to.equal(hash));
  it("depends on contents", () => expect(contentHash({ "a.yaml": "1", "b.yaml": "3" })).to.not.equal(hash));
  it("depends on names", () => expect(contentHash({ "a.yaml": "1", "c.yaml": "2" })).to.not.equal(hash));
  it("does not confuse names and contents", () =>
    expect(contentHash({ a: "b,c" })).to.not.equal(contentHash({ a: "b", c: "" })));
});

describe("immutableConfigMap", () => {
  it("is named by its contents and cannot be changed", async () => {
    const files = { "config.yaml": "a: 1\n" };
    const recording = await record(
      () => void immutableConfigMap("app-config", { application: "app", namespace: "n", files }, {}),
    );
    expect(shown(find(recording, "kubernetes:core/v1:ConfigMap", "app-config"))).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      immutable: true,
      metadata: {
        name: `app-config-${contentHash(files)}`,
        namespace: "n",
        labels: {
          "app.kubernetes.io/name": "app",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      data: files,
    });
  });
});

describe("Workload", () => {
  const probe = { http: { path: "/", port: "http" } };
  const pod = {
    ...MINIMAL,
    ports: { http: 8080, metrics: 9100 },
    probes: { startup: probe, readiness: probe, liveness: probe },
  };
  const recordWorkload = (args: Partial<WorkloadArgs> = {}) =>
    record(() => new Workload("w", { ...IDENTITY, namespace: "n", controller: "Deployment", pod, ...args }));
  const metadata = { name: "app", namespace: "n", labels: LABELS };
  const selector = { matchLabels: SELECTOR };

  it("is a Deployment and a Service", async () =>
    expect(inventory(await recordWorkload())).to.deep.equal([
      "kubernetes:apps/v1:Deployment w-deployment",
      "kubernetes:core/v1:Service w-service",
      "llm-platform:foundation:Workload w",
    ]));

  it("is a StatefulSet and a Service", async () =>
    expect(inventory(await recordWorkload({ controller: "StatefulSet" }))).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet w-statefulset",
      "kubernetes:core/v1:Service w-service",
      "llm-platform:foundation:Workload w",
    ]));

  it("rolls without losing a pod", async () =>
    expect(
      shown(find(await recordWorkload(), "kubernetes:apps/v1:Deployment", "w-deployment")),
    ).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector,
        revisionHistoryLimit: 3,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: renderPodTemplate(IDENTITY, pod, { restartPolicy: "Always", spread: false }),
      },
    }));

  it("gives a StatefulSet its Service", async () => {
    const recording = await recordWorkload({ controller: "StatefulSet" });
    expect(shown(find(recording, "kubernetes:apps/v1:StatefulSet", "w-statefulset"))).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata,
      spec: {
        replicas: 1,
        selector,
        revisionHistoryLimit: 3,
        serviceName: "app",
        template: renderPodTemplate(IDENTITY, pod, { restartPolicy: "Always", spread: false }),
      },
    });
  });

  it("serves each container port under its own number and name", async () =>
    expect(shown(find(await recordWorkload(), "kubernetes:core/v1:Service", "w-service"))).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector: SELECTOR,
        ports: [
          { name: "http", port: 8080, targetPort: "http", protocol: "TCP" },
          { name: "metrics", port: 9100, targetPort: "metrics", protocol: "TCP" },
        ],
      },
    }));

  it("has a disruption budget and a spread when there are more pods than one", async () => {
    const recording = await recordWorkload({ replicas: 2 });
    const budget = find(recording, "kubernetes:policy/v1:PodDisruptionBudget", "w-disruption-budget");
    expect(shown(budget)).to.deep.equal({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { selector, maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
    const { spec } = shown(find(recording, "kubernetes:apps/v1:Deployment", "w-deployment")) as {
      spec: { replicas: number; template: unknown };
    };
    expect(spec.replicas).to.equal(2);
    expect(spec.template).to.deep.equal(
      renderPodTemplate(IDENTITY, pod, { restartPolicy: "Always", spread: true }),
    );
  });
});

describe("Job", () => {
  const recordJob = (pod: Partial<PodArgs> = {}) =>
    record(
      () => new Job("j", { ...IDENTITY, namespace: "n", deadlineSeconds: 300, pod: { ...MINIMAL, ...pod } }),
    );

  it("runs a hardened pod once, under a name of the cluster's", async () =>
    expect(shown(find(await recordJob(), "kubernetes:batch/v1:Job", "j-job"))).to.deep.equal({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { namespace: "n", labels: LABELS },
      spec: {
        backoffLimit: 6,
        activeDeadlineSeconds: 300,
        template: renderPodTemplate(IDENTITY, MINIMAL, { restartPolicy: "Never", spread: false }),
      },
    }));

  it("is all that there is", async () =>
    expect(inventory(await recordJob())).to.deep.equal([
      "kubernetes:batch/v1:Job j-job",
      "llm-platform:foundation:Job j",
    ]));

  it("takes names that are known only later", async () => {
    const recording = await recordJob({ secretEnv: { A: { name: pulumi.output("later"), key: "k" } } });
    expect(JSON.stringify(find(recording, "kubernetes:batch/v1:Job", "j-job").inputs)).to.include(
      '"name":"later"',
    );
  });
});
