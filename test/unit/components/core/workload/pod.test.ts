import { expect } from "chai";
import {
  type PodArgs,
  type PodPlacement,
  renderPodTemplate,
} from "../../../../../components/core/workload/render-pod.ts";
import { IDENTITY, LABELS, MINIMAL } from "./fixtures.ts";

const ONCE: PodPlacement = { restartPolicy: "Never", spread: false };

const render = (pod: Partial<PodArgs> = {}, placement: PodPlacement = ONCE) =>
  renderPodTemplate(IDENTITY, { ...MINIMAL, ...pod }, placement);
const container = (pod: Partial<PodArgs>) => render(pod).spec.containers[0];

describe("renderPodTemplate", () => {
  it("hardens the smallest pod, and adds nothing else", () =>
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

  it("puts variables from Secrets first, so that others can name them, each sort by name", () =>
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

  it("keeps serving for a while during termination", () =>
    expect(container({ preStopSleepSeconds: 5 })).to.deep.include({
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
    }));

  it("annotates the pod", () =>
    expect(render({ podAnnotations: { "example.org/hash": "1" } }).metadata).to.deep.equal({
      labels: LABELS,
      annotations: { "example.org/hash": "1" },
    }));

  it("runs as the one user of a share that squashes all, without fsGroup", () =>
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

  it("mounts Secrets that only the pod's group can read", () => {
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

  it("allows a squashed user to read its Secrets, although without fsGroup the files belong to root", () => {
    const mounts = { "/a": { secret: { name: "a" } }, "/b": { projected: [{ secret: { name: "b" } }] } };
    expect(render({ mounts, squash: { uid: 1024, gid: 100 } }).spec.volumes).to.deep.equal([
      { name: "a", secret: { secretName: "a", defaultMode: 0o444 } },
      { name: "b", projected: { sources: [{ secret: { name: "b" } }], defaultMode: 0o444 } },
    ]);
  });

  it("mounts the claim of each StatefulSet pod, without a volume in the template", () => {
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

  it("does not depend on the order of its input", () => {
    const env = { A: "1", B: "2", C_D: "3", CE: "4" };
    const mounts = { "/a": { emptyDir: { sizeLimitMi: 1 } }, "/b": { emptyDir: { sizeLimitMi: 1 } } };
    const reversed = <T>(map: Record<string, T>) => Object.fromEntries(Object.entries(map).reverse());
    expect(render({ env, mounts })).to.deep.equal(render({ env: reversed(env), mounts: reversed(mounts) }));
  });
});
