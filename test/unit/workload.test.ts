import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { imageReference } from "../../components/images.ts";
import { contentHash, immutableConfigMap } from "../../components/workload/config-map.ts";
import { Workload, type WorkloadArgs } from "../../components/workload/index.ts";
import { Job } from "../../components/workload/job.ts";
import { type PodArgs, type PodPlacement, renderPodTemplate } from "../../components/workload/render-pod.ts";
import { validateWorkloadArgs } from "../../components/workload/validate-args.ts";
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

  it("puts the pod's own fields before all other variables", () =>
    expect(
      container({
        env: { URL: "http://$(POD_NAME).app" },
        secretEnv: { KEY: { name: "s", key: "key" } },
        podFieldEnv: { POD_NAME: "metadata.name", POD_IP: "status.podIP" },
      })?.env,
    ).to.deep.equal([
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "key" } } },
      { name: "URL", value: "http://$(POD_NAME).app" },
    ]));

  it("names ports that no Service publishes after the others", () =>
    expect(container({ ports: { client: 2379 }, podPorts: { peer: 2380 } })?.ports).to.deep.equal([
      { name: "client", containerPort: 2379, protocol: "TCP" },
      { name: "peer", containerPort: 2380, protocol: "TCP" },
    ]));

  it("serves on for a while when it goes", () =>
    expect(container({ preStopSleepSeconds: 5 })).to.deep.include({
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
    }));

  it("annotates the pod", () =>
    expect(render({ podAnnotations: { "example.org/hash": "1" } }).metadata).to.deep.equal({
      labels: LABELS,
      annotations: { "example.org/hash": "1" },
    }));

  it("runs as the one user of a share that squashes all, without fsGroup (S2.30)", () =>
    expect(render({ squash: { uid: 1024, gid: 100 } }).spec.securityContext).to.deep.equal({
      runAsNonRoot: true,
      runAsUser: 1024,
      runAsGroup: 100,
      seccompProfile: { type: "RuntimeDefault" },
    }));

  it("probes by TCP port", () => {
    const probe = { tcp: { port: "client" } };
    const { livenessProbe } = container({
      probes: { startup: probe, readiness: probe, liveness: probe },
    }) as Record<string, unknown>;
    expect(livenessProbe).to.deep.equal({
      tcpSocket: { port: "client" },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
  });

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

  it("mounts Secrets for the pod's group alone to read", () => {
    const { containers, volumes } = render({
      mounts: {
        "/etc/all": { secret: { name: "all" } },
        "/etc/one": { secret: { name: "one", items: { "b.key": "b", "a.key": "sub/a" } } },
      },
    }).spec;
    expect(containers[0]?.volumeMounts).to.deep.equal([
      { name: "etc-all", mountPath: "/etc/all", readOnly: true },
      { name: "etc-one", mountPath: "/etc/one", readOnly: true },
    ]);
    expect(volumes).to.deep.equal([
      { name: "etc-all", secret: { secretName: "all", defaultMode: 0o440 } },
      {
        name: "etc-one",
        secret: {
          secretName: "one",
          items: [
            { key: "a.key", path: "sub/a" },
            { key: "b.key", path: "b" },
          ],
          defaultMode: 0o440,
        },
      },
    ]);
  });

  it("mounts named keys of a ConfigMap", () =>
    expect(
      render({ mounts: { "/etc/app": { configMap: { name: "c", items: { a: "b" } } } } }).spec.volumes,
    ).to.deep.equal([{ name: "etc-app", configMap: { name: "c", items: [{ key: "a", path: "b" }] } }]));

  it("mounts a ConfigMap and a Secret in one folder, in the order that was given", () => {
    const { containers, volumes } = render({
      mounts: {
        "/etc/nats": {
          projected: [
            { configMap: { name: "config" } },
            { secret: { name: "auth", items: { conf: "auth.conf" } } },
          ],
        },
      },
    }).spec;
    expect(containers[0]?.volumeMounts).to.deep.equal([
      { name: "etc-nats", mountPath: "/etc/nats", readOnly: true },
    ]);
    expect(volumes).to.deep.equal([
      {
        name: "etc-nats",
        projected: {
          sources: [
            { configMap: { name: "config" } },
            { secret: { name: "auth", items: [{ key: "conf", path: "auth.conf" }] } },
          ],
          defaultMode: 0o440,
        },
      },
    ]);
  });

  it("lets a squashed user read its Secrets: without fsGroup their files are root's", () => {
    const mounts = { "/a": { secret: { name: "a" } }, "/b": { projected: [{ secret: { name: "b" } }] } };
    expect(render({ mounts, squash: { uid: 1024, gid: 100 } }).spec.volumes).to.deep.equal([
      { name: "a", secret: { secretName: "a", defaultMode: 0o444 } },
      { name: "b", projected: { sources: [{ secret: { name: "b" } }], defaultMode: 0o444 } },
    ]);
  });

  it("mounts what a StatefulSet makes for each pod, and leaves the volume to it", () => {
    const { containers, volumes } = render({ mounts: { "/data": { claimTemplate: { storageGi: 1 } } } }).spec;
    expect(containers[0]?.volumeMounts).to.deep.equal([{ name: "data", mountPath: "/data" }]);
    expect(volumes).to.deep.equal([]);
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

describe("Workload with more than the least", () => {
  const probe = { tcp: { port: "client" } };
  const pod = {
    ...MINIMAL,
    ports: { client: 4222 },
    podPorts: { cluster: 6222 },
    probes: { startup: probe, readiness: probe, liveness: probe },
  };
  const recordWorkload = (args: Partial<WorkloadArgs>) =>
    record(() => new Workload("w", { ...IDENTITY, namespace: "n", controller: "StatefulSet", pod, ...args }));
  const specOf = (recording: Awaited<ReturnType<typeof recordWorkload>>, type: string, name: string) =>
    (shown(find(recording, type, name)) as { spec: Record<string, unknown> }).spec;
  const statefulSet = async (args: Partial<WorkloadArgs>) =>
    specOf(await recordWorkload(args), "kubernetes:apps/v1:StatefulSet", "w-statefulset");

  it("publishes the ports that are for others alone", async () =>
    expect(
      specOf(await recordWorkload({}), "kubernetes:core/v1:Service", "w-service")["ports"],
    ).to.deep.equal([{ name: "client", port: 4222, targetPort: "client", protocol: "TCP" }]));

  it("gives pods addresses of their own, before they are ready, on all ports", async () => {
    const recording = await recordWorkload({ headless: true });
    expect(shown(find(recording, "kubernetes:core/v1:Service", "w-headless-service"))).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "app-headless", namespace: "n", labels: LABELS },
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: SELECTOR,
        ports: [
          { name: "client", port: 4222, targetPort: "client", protocol: "TCP" },
          { name: "cluster", port: 6222, targetPort: "cluster", protocol: "TCP" },
        ],
      },
    });
    expect(specOf(recording, "kubernetes:apps/v1:StatefulSet", "w-statefulset")["serviceName"]).to.equal(
      "app-headless",
    );
  });

  it("starts all pods at once, and takes its time between them", async () =>
    expect(await statefulSet({ podManagement: "Parallel", minReadySeconds: 7 })).to.deep.include({
      podManagementPolicy: "Parallel",
      minReadySeconds: 7,
    }));

  const withVolume = (retain?: boolean) => ({
    pod: {
      ...pod,
      mounts: {
        "/data": {
          claimTemplate: {
            storageGi: 3,
            storageClass: "fast",
            ...(retain === undefined ? {} : { retain }),
          },
        },
      },
    },
  });

  it("makes each pod a volume, and says that it goes", async () =>
    expect(await statefulSet(withVolume())).to.deep.include({
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: LABELS },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "3Gi" } },
            storageClassName: "fast",
          },
        },
      ],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
    }));

  it("or says that it stays", async () =>
    expect((await statefulSet(withVolume(true)))["persistentVolumeClaimRetentionPolicy"]).to.deep.equal({
      whenDeleted: "Retain",
      whenScaled: "Retain",
    }));

  it("leaves the number of pods to an autoscaler", async () => {
    const recording = await recordWorkload({
      controller: "Deployment",
      replicas: 2,
      autoscale: { maxReplicas: 5, cpuPercent: 70 },
    });
    expect(
      shown(find(recording, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "w-autoscaler")),
    ).to.deep.equal({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "app", namespace: "n", labels: LABELS },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
          },
        ],
      },
    });
    expect(specOf(recording, "kubernetes:apps/v1:Deployment", "w-deployment")).to.not.have.property(
      "replicas",
    );
  });

  it("has a disruption budget and a spread when an autoscaler may add pods", async () => {
    const recording = await recordWorkload({
      controller: "Deployment",
      autoscale: { maxReplicas: 2, cpuPercent: 70 },
    });
    expect(inventory(recording)).to.include("kubernetes:policy/v1:PodDisruptionBudget w-disruption-budget");
    expect(specOf(recording, "kubernetes:apps/v1:Deployment", "w-deployment")["template"]).to.deep.equal(
      renderPodTemplate(IDENTITY, pod, { restartPolicy: "Always", spread: true }),
    );
  });

  it("lets as many pods go at once as was said", async () => {
    const recording = await recordWorkload({ replicas: 5, podDisruption: { maxUnavailable: 2 } });
    expect(
      specOf(recording, "kubernetes:policy/v1:PodDisruptionBudget", "w-disruption-budget"),
    ).to.deep.include({ maxUnavailable: 2 });
  });
});

describe("validateWorkloadArgs", () => {
  const probe = { http: { path: "/", port: "http" } };
  const fitting: WorkloadArgs = {
    ...IDENTITY,
    namespace: "n",
    controller: "Deployment",
    pod: { ...MINIMAL, ports: { http: 80 }, probes: { startup: probe, readiness: probe, liveness: probe } },
  };
  const withPod = (pod: Partial<WorkloadArgs["pod"]>): Partial<WorkloadArgs> => ({
    pod: { ...fitting.pod, ...pod },
  });
  const stateful = { controller: "StatefulSet" } as const;

  it("has nothing against what fits", () => expect(validateWorkloadArgs(fitting)).to.deep.equal([]));

  const REFUSED: readonly [string, Partial<WorkloadArgs>, string, RegExp][] = [
    [
      "an autoscaled StatefulSet",
      { ...stateful, autoscale: { maxReplicas: 2, cpuPercent: 50 } },
      "autoscale",
      /Deployment/,
    ],
    ["a headless Deployment", { headless: true }, "headless", /StatefulSet/],
    ["a Deployment with pod management", { podManagement: "Parallel" }, "podManagement", /StatefulSet/],
    [
      "a Deployment with a volume a pod",
      withPod({ mounts: { "/data": { claimTemplate: { storageGi: 1 } } } }),
      'pod.mounts["/data"].claimTemplate',
      /StatefulSet/,
    ],
    ["no pods", { replicas: 0 }, "replicas", /at least 1/],
    [
      "an autoscaler that cannot add",
      { autoscale: { maxReplicas: 1, cpuPercent: 50 } },
      "autoscale.maxReplicas",
      /above replicas, which is 1/,
    ],
    [
      "an autoscaler of no CPU",
      { autoscale: { maxReplicas: 2, cpuPercent: 0 } },
      "autoscale.cpuPercent",
      /at least 1/,
    ],
    [
      "a budget that keeps every node",
      { podDisruption: { maxUnavailable: 0 } },
      "podDisruption.maxUnavailable",
      /drained/,
    ],
    ["a port twice", withPod({ podPorts: { http: 81 } }), "pod.podPorts.http", /already/],
    [
      "a long port name",
      withPod({ podPorts: { "much-too-long-a-name": 81 } }),
      'pod.ports["much-too-long-a-name"]',
      /15/,
    ],
    [
      "a probe of no port",
      withPod({ probes: { startup: probe, readiness: { tcp: { port: "web" } }, liveness: probe } }),
      "pod.probes.readiness",
      /asks the port "web"; the container has http/,
    ],
    [
      "a relative path",
      withPod({ mounts: { data: { emptyDir: { sizeLimitMi: 1 } } } }),
      'pod.mounts["data"]',
      /absolute/,
    ],
    [
      "two paths of one name",
      withPod({
        mounts: { "/a/b": { emptyDir: { sizeLimitMi: 1 } }, "/a-b": { emptyDir: { sizeLimitMi: 1 } } },
      }),
      'pod.mounts["/a-b"]',
      /same volume name as \/a\/b/,
    ],
    ["a sleep to the end", withPod({ preStopSleepSeconds: 30 }), "pod.preStopSleepSeconds", /30 s/],
  ];
  for (const [what, args, propertyPath, reason] of REFUSED) {
    it(`refuses ${what}`, () => {
      const problems = validateWorkloadArgs({ ...fitting, ...args });
      expect(problems.map((problem) => problem.propertyPath)).to.deep.equal([propertyPath]);
      expect(problems[0]?.reason).to.match(reason);
    });
  }

  it("refuses a server without a port", () =>
    expect(
      validateWorkloadArgs({ ...fitting, ...withPod({ ports: {}, podPorts: { http: 80 } }) }),
    ).to.deep.equal([{ propertyPath: "pod.ports", reason: "a Service needs a port" }]));

  it("stops the component", async () => {
    const error = await record(() => new Workload("w", { ...fitting, headless: true })).catch(
      (caught: unknown) => caught,
    );
    expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
      { propertyPath: "headless", reason: "only a StatefulSet has this" },
    ]);
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
