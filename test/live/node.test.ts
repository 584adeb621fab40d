// The live node by what runs on it: real processes, real mounts, real connections, and nothing left afterwards.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { exposeLive } from "../../sandbox/live/exposure.ts";
import type { LiveRecord } from "../../sandbox/live/layout.ts";
import { liveFiles, liveHome } from "../../sandbox/live/layout.ts";
import { machineProblems, nftProblems } from "../../sandbox/live/preflight.ts";
import { startLive } from "../../sandbox/live/start.ts";
import { liveStatus } from "../../sandbox/live/status.ts";
import { stopLive } from "../../sandbox/live/stop.ts";
import type { StatePaths } from "../../sandbox/paths.ts";
import { statePaths } from "../../sandbox/paths.ts";
import { isDeep } from "../depth.ts";
import { groupsOf, hostState, processesOf } from "./host.ts";
import { eventually, pod, report, TestNode } from "./node.ts";
import { enforcesNetworkPolicies } from "./node-network-policy.ts";

describe("the live node", function () {
  this.timeout("4m");
  let node: TestNode;
  const before_ = hostState();
  const namespace = "things";

  before(async () => {
    node = await TestNode.start();
    await node.namespace(namespace);
  });
  // The last test stops it; this is for the runs in which that one never comes.
  after(() => node.stop());

  it("is Ready, next to a simulated node with a taint", async () => {
    expect(await liveStatus(node.paths)).to.deep.equal({ running: true, nodeReady: true });
    const runtime = ".items[*].status.nodeInfo.containerRuntimeVersion";
    expect(await node.jsonpath(namespace, "nodes", runtime)).to.match(/^containerd:\/\/2\./);
    const taints = await node.jsonpath(namespace, "node/simulated-gpu", ".spec.taints[*].key");
    expect(taints).to.equal("sandbox.llm-platform/simulated");
  });

  it("is reused by a second start", async () => {
    expect((await startLive(report, { paths: node.paths })).alreadyRunning).to.equal(true);
  });

  it("runs a hardened pod: no capability, no new privileges, filtered calls, read-only root", async () => {
    await node.apply(pod(namespace, "hardened", {}));
    await node.waitFor(namespace, "pod/hardened", "condition=Ready");
    expect(await node.jsonpath(namespace, "pod/hardened", ".spec.nodeName")).to.equal("live");
    const status = await node.exec(namespace, "hardened", "/bin/busybox", "cat", "/proc/self/status");
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
    expect([field("Uid"), field("CapEff"), field("NoNewPrivs"), field("Seccomp")]).to.deep.equal([
      "1234",
      "0000000000000000",
      "1",
      "2",
    ]);
    const write = await node.try([
      "-n",
      namespace,
      "exec",
      "hardened",
      "--",
      "/bin/busybox",
      "touch",
      "/file",
    ]);
    expect(write.code).not.to.equal(0);
    expect(write.stderr).to.include("Read-only file system");
  });

  it("serves a Service by name inside and on the host's loopback, and logs the requests", async () => {
    const ports = [{ name: "http", containerPort: 8080 }];
    await node.apply(
      pod(namespace, "web", {
        args: ["serve", "8080"],
        ports,
        readinessProbe: { httpGet: { port: "http" }, periodSeconds: 1 },
      }),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
      },
      pod(namespace, "client", {}),
    );
    await node.waitFor(namespace, "pod/web", "condition=Ready");
    await node.waitFor(namespace, "pod/client", "condition=Ready");
    const connect = ["/bin/pod-probe", "connect", "tcp"];
    // A pod is Ready a moment before its Service leads to it.
    const answered = await eventually(async () => {
      const { code, stdout } = await node.try([
        "-n",
        namespace,
        "exec",
        "client",
        "--",
        ...connect,
        "web:80",
      ]);
      return code === 0 ? stdout : undefined;
    });
    expect(answered).to.include("\nweb");
    expect(
      await node.exec(namespace, "client", ...connect, `web.${namespace}.svc.cluster.local:80`),
    ).to.include("\nweb");
    const outside = await node.try([
      "-n",
      namespace,
      "exec",
      "client",
      "--",
      ...connect,
      "registry.example:443",
    ]);
    expect(outside.stderr).to.include("no such host");

    const { web = "" } = await exposeLive({ web: { namespace, service: "web", port: 80 } }, node.paths);
    const answer = await fetch(web);
    expect(await answer.text()).to.equal("web\n");
    expect(await node.kubectl(["-n", namespace, "logs", "web"])).to.include("connection from 10.244.0.");
  });

  it("gives pods their ConfigMaps and Secrets as files", async () => {
    await node.apply(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace, name: "settings" },
        data: { "a.txt": "one" },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace, name: "keys" },
        stringData: { key: "hush" },
      },
      pod(
        namespace,
        "files",
        {
          volumeMounts: [
            { name: "settings", mountPath: "/settings" },
            { name: "keys", mountPath: "/keys" },
          ],
        },
        {
          securityContext: { fsGroup: 4321 },
          volumes: [
            { name: "settings", configMap: { name: "settings" } },
            { name: "keys", secret: { secretName: "keys", defaultMode: 0o440 } },
          ],
        },
      ),
    );
    await node.waitFor(namespace, "pod/files", "condition=Ready");
    expect(await node.exec(namespace, "files", "/bin/busybox", "cat", "/settings/a.txt")).to.equal("one");
    expect(await node.exec(namespace, "files", "/bin/busybox", "cat", "/keys/key")).to.equal("hush");
    const mode = ["/bin/busybox", "stat", "-L", "-c", "%a %g", "/keys/key"];
    expect(await node.exec(namespace, "files", ...mode)).to.equal("440 4321");
  });

  it("keeps the data of a claim for the next pod, writable by the pod's group, and removes it with the claim", async () => {
    const spec = {
      securityContext: { fsGroup: 4321 },
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    };
    const container = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
    await node.apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { namespace, name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      pod(namespace, "writer", container, spec),
    );
    await node.waitFor(namespace, "pod/writer", "condition=Ready");
    const shell = (command: string): string[] => ["/bin/busybox", "sh", "-c", command];
    await node.exec(namespace, "writer", ...shell("echo kept > /data/file"));
    expect(
      await node.exec(namespace, "writer", "/bin/busybox", "stat", "-c", "%u %g", "/data/file"),
    ).to.equal("1234 4321");
    await node.kubectl(["-n", namespace, "delete", "pod", "writer"]);
    await node.apply(pod(namespace, "reader", container, spec));
    await node.waitFor(namespace, "pod/reader", "condition=Ready");
    expect(await node.exec(namespace, "reader", "/bin/busybox", "cat", "/data/file")).to.equal("kept");

    const volumes = join(liveHome(node.paths), "volumes");
    expect(readdirSync(volumes)).to.have.length(1);
    await node.kubectl(["-n", namespace, "delete", "pod/reader", "pvc/data"]);
    await eventually(() => Promise.resolve(readdirSync(volumes).length === 0 || undefined));
    await eventually(async () =>
      (await node.kubectl(["get", "pv", "-o", "name"])) === "" ? true : undefined,
    );
  });

  it("removes a pod that is not ready from its Service, and restarts one that is not alive", async () => {
    const failing = { exec: { command: ["/bin/busybox", "false"] }, periodSeconds: 1, failureThreshold: 1 };
    await node.apply(
      pod(namespace, "unready", { readinessProbe: failing }),
      pod(namespace, "dying", { livenessProbe: failing }),
    );
    const restarts = ".status.containerStatuses[0].restartCount";
    await eventually(async () =>
      Number(await node.jsonpath(namespace, "pod/dying", restarts)) > 0 ? true : undefined,
    );
    expect(await node.jsonpath(namespace, "pod/unready", ".status.phase")).to.equal("Running");
    expect(await node.jsonpath(namespace, "pod/unready", ".status.containerStatuses[0].ready")).to.equal(
      "false",
    );
    await node.kubectl(["-n", namespace, "delete", "pod", "dying", "unready"]);
  });

  it("reports that a container used too much memory", async () => {
    const limits = { resources: { limits: { memory: "32Mi" } } };
    await node.apply(
      pod(namespace, "eater", { args: ["allocate", "128"], ...limits }, { restartPolicy: "Never" }),
    );
    await node.waitFor(namespace, "pod/eater", "jsonpath={.status.phase}=Failed");
    const reason = ".status.containerStatuses[0].state.terminated.reason";
    expect(await node.jsonpath(namespace, "pod/eater", reason)).to.equal("OOMKilled");
  });

  it("reports a missing image", async () => {
    const image = "registry.example/none/nothing:1";
    await node.apply(pod(namespace, "imageless", { image, imagePullPolicy: "Always" }));
    const reason = ".status.containerStatuses[0].state.waiting.reason";
    const found = await eventually(async () => {
      const text = await node.jsonpath(namespace, "pod/imageless", reason);
      return text === "" || text === "ContainerCreating" ? undefined : text;
    });
    expect(found).to.be.oneOf(["ErrImagePull", "ImagePullBackOff"]);
    await node.kubectl(["-n", namespace, "delete", "pod", "imageless"]);
  });

  it("simulates pods with a GPU only on the simulated node", async () => {
    const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
    const toleration = { key: "sandbox.llm-platform/simulated", operator: "Exists" };
    await node.apply(
      pod(namespace, "tolerant", gpu, { tolerations: [toleration] }),
      pod(namespace, "intolerant", gpu),
    );
    await node.waitFor(namespace, "pod/tolerant", "condition=Ready");
    expect(await node.jsonpath(namespace, "pod/tolerant", ".spec.nodeName")).to.equal("simulated-gpu");
    await node.waitFor(namespace, "pod/intolerant", "jsonpath={.status.conditions[0].reason}=Unschedulable");
  });

  if (isDeep)
    it("is not affected by a second node that starts and stops", async () => {
      const second = await TestNode.start();
      try {
        await second.namespace("elsewhere");
        await second.apply(pod("elsewhere", "hardened", {}));
        await second.waitFor("elsewhere", "pod/hardened", "condition=Ready");
        expect(await second.jsonpath("elsewhere", "namespaces", ".items[*].metadata.name")).not.to.include(
          namespace,
        );
      } finally {
        await second.stop();
      }
      expect(await node.exec(namespace, "client", "/bin/pod-probe", "connect", "tcp", "web:80")).to.include(
        "\nweb",
      );
      expect((await liveStatus(node.paths)).nodeReady).to.equal(true);
    });

  enforcesNetworkPolicies(() => node);

  describe("when it stops", () => {
    it("leaves no process, mount, interface, setting, cgroup or file", async () => {
      const groups = groupsOf(node.paths);
      expect(groups.some(existsSync)).to.equal(true);
      expect(processesOf(node.paths.root)).not.to.deep.equal([]);
      await node.stop();
      expect(processesOf(node.paths.root)).to.deep.equal([]);
      expect(groups.filter(existsSync)).to.deep.equal([]);
      expect(existsSync(node.paths.root)).to.equal(false);
      expect(hostState()).to.deep.equal(before_);
    });
  });
});

describe("the check of the machine", () => {
  it("finds nothing missing on this machine, and leaves nothing behind", async () => {
    const before = hostState();
    expect(await machineProblems()).to.deep.equal([]);
    expect(hostState()).to.deep.equal(before);
  });

  it("reports why nftables do not work", async () => {
    const [problem] = await nftProblems(["/bin/sh", "-c", "echo 'Operation not supported' >&2; exit 1"]);
    expect(problem).to.include("nftables in the kernel").and.to.include("Operation not supported");
  });
});

describe("the live node, interrupted", function () {
  this.timeout("4m");
  let paths: StatePaths;
  before(async () => {
    paths = statePaths(await mkdtemp(join(tmpdir(), "live-test-")));
  });
  after(async () => {
    await stopLive(paths);
    await rm(paths.root, { recursive: true, force: true });
  });

  const nothingRuns = async (): Promise<void> => {
    await eventually(() => Promise.resolve(processesOf(paths.root).length === 0 || undefined));
  };

  if (isDeep)
    it("ends with the process that starts it if it is not ready yet", async () => {
      const start = `
      import { startLive } from ${JSON.stringify(join(import.meta.dirname, "../../sandbox/live/start.ts"))};
      import { statePaths } from ${JSON.stringify(join(import.meta.dirname, "../../sandbox/paths.ts"))};
      const report = { line() {}, status: (text) => console.log(text) };
      await startLive(report, { paths: statePaths(process.env.STATE_FOLDER) });`;
      const starter = spawn(process.execPath, ["--input-type=module", "--eval", start], {
        env: { ...process.env, STATE_FOLDER: paths.root },
        stdio: ["ignore", "pipe", "inherit"],
      });
      for await (const text of starter.stdout.setEncoding("utf8")) {
        if (String(text).includes("waiting for the API server")) starter.kill("SIGKILL");
      }
      await nothingRuns();
      expect(groupsOf(paths).some(existsSync)).to.equal(true);
    });

  it("reports which program does not stay up, with the end of its log", async () => {
    const broken = { name: "broken", program: "/bin/sh", args: ["-c", "echo no such luck; exit 3"] };
    const failure = await startLive(report, { paths, extra: [broken] }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(failure).to.include("broken does not stay up").and.to.include("broken ended (exit code 3)");
    expect(failure)
      .to.include("no such luck")
      .and.to.include(liveFiles(liveHome(paths)).logs);
    await nothingRuns();
  });

  if (isDeep)
    it("starts over remains, and ends completely when its first process is killed", async () => {
      expect((await startLive(report, { paths })).alreadyRunning).to.equal(false);
      const record = JSON.parse(readFileSync(liveFiles(liveHome(paths)).record, "utf8")) as LiveRecord;
      process.kill(Number(record.unshare.split(":")[0]), "SIGKILL");
      await nothingRuns();
      // The first process goes last, when all the others are gone.
      await eventually(async () => ((await liveStatus(paths)).running ? undefined : true));
      await stopLive(paths);
      expect(groupsOf(paths).filter(existsSync)).to.deep.equal([]);
      expect(readdirSync(paths.root)).to.deep.equal([]);
    });
});
