import { expect } from "chai";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { clusterStatus, startCluster, stopCluster } from "../../sandbox/cluster/cluster.ts";
import { findComponents } from "../../sandbox/cluster/components.ts";
import type { ComponentName } from "../../sandbox/cluster/layout.ts";
import { clusterFiles, componentNames } from "../../sandbox/cluster/layout.ts";
import { statePaths, type StatePaths } from "../../sandbox/paths.ts";
import { isAlive } from "../../sandbox/processes.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools, type ToolPaths } from "../../sandbox/tools/ensure.ts";
import { isDeep } from "../depth.ts";
import { eventually, Kubectl } from "./kubectl.ts";
import { listeners, loopback } from "./listeners.ts";
import { configMap, pod } from "./objects.ts";

const report = createReport();
const home = join(tmpdir(), `clusters-${process.pid}`);

async function listenOn(port: number): Promise<() => void> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  return () => void server.close();
}

describe("the sandbox cluster starts, is repaired and stops", function () {
  this.timeout(120_000);
  const one = statePaths(join(home, "one"));
  const two = statePaths(join(home, "two"));
  const three = statePaths(join(home, "three"));
  let tools: ToolPaths<"kubernetes" | "kwok">;
  let kubectl: Kubectl;
  const start = (paths: StatePaths): ReturnType<typeof startCluster> => startCluster(tools, report, paths);
  const running = (paths: StatePaths): ReturnType<typeof findComponents> =>
    findComponents(clusterFiles(paths));
  const signal = (paths: StatePaths, name: NodeJS.Signals, ...components: ComponentName[]): void => {
    for (const { pid } of running(paths).filter((found) => components.includes(found.name)))
      process.kill(pid, name);
  };
  const portOf = async (component: ComponentName): Promise<number> => {
    const { components } = await clusterStatus(one);
    return components.find(({ name }) => name === component)?.port ?? 0;
  };
  /** What was there before a repair is there after it, and new pods become ready. */
  const expectWhole = async (podName: string): Promise<void> => {
    expect(await kubectl.value("configmap/kept", ".data.since")).to.equal("the first start");
    await kubectl.create(pod(podName, "default"));
    await kubectl.run(`wait pod/${podName} --for=condition=Ready --timeout=30s`);
  };

  before(async function () {
    this.timeout(3_600_000);
    tools = await ensureTools(["kubernetes", "kwok"], report);
    const [{ kubeconfig }] = await Promise.all([start(one), start(two)]);
    kubectl = new Kubectl(tools.kubectl, kubeconfig);
    await kubectl.create(configMap("kept", "default", { since: "the first start" }));
  });

  after(async () => {
    for (const paths of [one, two, three]) await stopCluster(paths);
    rmSync(home, { recursive: true, force: true });
  });

  it("listens only on 127.0.0.1, each component on the port that the status names", async () => {
    const { components } = await clusterStatus(one);
    expect(components.map(({ name }) => name)).to.deep.equal(componentNames);
    for (const { name, pid = 0, port } of components) {
      const found = listeners(pid);
      if (port === undefined) {
        expect([name, found]).to.deep.equal(["kwok-controller", []]);
        continue;
      }
      expect(
        found.map((listener) => listener.port),
        name,
      ).to.include(port);
      expect(new Set(found.map(({ address }) => address)), name).to.deep.equal(new Set([loopback]));
    }
  });

  it("writes one kubeconfig that only its owner can read, and nothing into the home folder", async () => {
    expect(statSync(one.kubeconfig).mode & 0o777).to.equal(0o600);
    expect(await kubectl.run("config current-context")).to.equal("llm-platform-sandbox\n");
    const { HOME } = Object.fromEntries(
      readFileSync(`/proc/${running(one)[0]?.pid ?? 0}/environ`, "utf8")
        .split("\0")
        .map((line) => line.split("=") as [string, string]),
    );
    expect(HOME).to.equal(one.cluster);
  });

  it("shares nothing with another cluster that starts at the same time", async () => {
    // kwok has no listener.
    const ports = async (paths: StatePaths): Promise<number[]> =>
      (await clusterStatus(paths)).components.flatMap(({ port }) => port ?? []);
    const all = [...(await ports(one)), ...(await ports(two))];
    expect(new Set(all).size).to.equal(2 * (componentNames.length - 1));
    expect(all).to.have.length(2 * (componentNames.length - 1));
    const other = new Kubectl(tools.kubectl, two.kubeconfig);
    expect(await other.run("get configmap kept --ignore-not-found")).to.equal("");
    await stopCluster(two);
    expect((await clusterStatus(one)).healthy).to.equal(true);
  });

  it("is reused if it runs", async () => {
    const before = running(one);
    expect((await start(one)).alreadyRunning).to.equal(true);
    expect(running(one)).to.deep.equal(before);
  });

  if (isDeep) {
    for (const [what, how] of [
      ["dead API server", "SIGKILL"],
      ["frozen API server", "SIGSTOP"],
    ] as const) {
      it(`repairs a ${what} and keeps the data`, async () => {
        signal(one, how, "kube-apiserver");
        await eventually(
          () => clusterStatus(one),
          ({ healthy }) => !healthy,
        );
        expect((await start(one)).alreadyRunning).to.equal(false);
        await expectWhole(how.toLowerCase());
      });
    }

    it("restarts with its data after all components died, on other ports if a port is taken", async () => {
      const port = await portOf("kube-scheduler");
      const old = running(one);
      signal(one, "SIGKILL", ...componentNames);
      await eventually(
        () => Promise.resolve(old),
        (components) => !components.some(({ identity }) => isAlive(identity)),
      );
      const release = await listenOn(port);
      try {
        await start(one);
      } finally {
        release();
      }
      expect(await portOf("kube-scheduler")).not.to.equal(port);
      await expectWhole("other-ports");
    });

    it("restarts with its data if the tools have changed", async () => {
      const folder = join(home, "new-tools");
      mkdirSync(folder);
      const link = (program: string): string => {
        const path = join(folder, basename(program));
        symlinkSync(program, path);
        return path;
      };
      const changed = { ...tools, etcd: link(tools.etcd), kwok: link(tools.kwok) };
      expect((await startCluster(changed, report, one)).alreadyRunning).to.equal(false);
      await expectWhole("new-tools");
      tools = changed;
    });

    it("takes other ports if a port is taken between the check and the start", async () => {
      // A kwokctl that lets another process take the port first.
      const [asked, answered, script] = ["asked", "answered", "kwokctl"].map((name) =>
        join(three.root, name),
      );
      mkdirSync(three.root, { recursive: true });
      writeFileSync(
        script ?? "",
        `#!/bin/sh\ntouch ${asked ?? ""}\nuntil [ -e ${answered ?? ""} ]; do sleep 0.1; done\nexec ${tools.kwokctl} "$@"\n`,
      );
      chmodSync(script ?? "", 0o755);
      const starting = startCluster({ ...tools, kwokctl: script ?? "" }, report, three);
      await eventually(
        () => Promise.resolve(existsSync(asked ?? "")),
        (there) => there,
      );
      const { options } = parse(
        readFileSync(clusterFiles(three).configuration, "utf8").split("---\n")[0] ?? "",
      ) as {
        options: { etcdPort: number };
      };
      const release = await listenOn(options.etcdPort);
      writeFileSync(answered ?? "", "");
      try {
        await starting;
        const { healthy, components } = await clusterStatus(three);
        expect(healthy).to.equal(true);
        expect(components[0]?.port).not.to.equal(options.etcdPort);
      } finally {
        release();
      }
    });
  }

  it("reports which component ended, with the end of its log, and leaves nothing running", async () => {
    const script = join(home, "scheduler");
    writeFileSync(
      script,
      '#!/bin/sh\n[ "$1" = --version ] && echo v1.36.3 && exit\necho "no plan today"\nexit 1\n',
    );
    chmodSync(script, 0o755);
    const error = await startCluster({ ...tools, kubeScheduler: script }, report, one).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    expect(error).to.match(/kube-scheduler has ended[^]*no plan today/);
    expect(running(one)).to.deep.equal([]);
    await start(one);
    await expectWhole("after-failure");
  });

  it("does not change an unknown state", async () => {
    const { record } = clusterFiles(one);
    const kept = readFileSync(record, "utf8");
    writeFileSync(record, "{");
    const before = running(one);
    const error = await start(one).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    expect(error).to.contain("it is unknown what runs").and.to.contain("make down");
    expect(running(one)).to.deep.equal(before);
    writeFileSync(record, kept);
    expect((await start(one)).alreadyRunning).to.equal(true);
  });

  it("stops without processes or state, and can be stopped twice", async () => {
    const before = running(one);
    expect(before).to.have.lengthOf(componentNames.length);
    await stopCluster(one);
    expect(before.filter(({ identity }) => isAlive(identity))).to.deep.equal([]);
    expect(existsSync(one.cluster)).to.equal(false);
    expect(existsSync(one.kubeconfig)).to.equal(false);
    await stopCluster(one);
  });

  it("finds its processes even if the folder was removed", async () => {
    await start(three);
    const before = running(three);
    expect(before).to.have.lengthOf(componentNames.length);
    rmSync(three.cluster, { recursive: true });
    await stopCluster(three);
    expect(before.filter(({ identity }) => isAlive(identity))).to.deep.equal([]);
  });
});
