import { expect } from "chai";
import type { WorkloadArgs } from "../../../../../components/core/workload/args.ts";
import { Workload } from "../../../../../components/core/workload/index.ts";
import { renderPodTemplate } from "../../../../../components/core/workload/render-pod.ts";
import { find, inventory, record, shown } from "../../../../harness.ts";
import { IDENTITY, LABELS, MINIMAL, SELECTOR } from "./fixtures.ts";

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

  it("publishes only the ports that are for other pods", async () =>
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

  it("starts all pods at once, and waits between them in a rollout", async () =>
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

  it("creates a volume for each pod that is deleted with it", async () =>
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

  it("or is retained", async () =>
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

  it("allows the configured number of unavailable pods", async () => {
    const recording = await recordWorkload({ replicas: 5, podDisruption: { maxUnavailable: 2 } });
    expect(
      specOf(recording, "kubernetes:policy/v1:PodDisruptionBudget", "w-disruption-budget"),
    ).to.deep.include({ maxUnavailable: 2 });
  });
});
