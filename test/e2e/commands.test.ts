import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { capture } from "../../sandbox/commands/run.ts";
import { readLocks } from "../../sandbox/commands/stack-lock.ts";
import { shellFile } from "../../sandbox/commands/stack-state.ts";
import { installStandIns } from "../../sandbox/engine/install.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { isDeep } from "../depth.ts";
import { Workplace } from "../make.ts";
import { turnsFeaturesOffAndOn } from "./commands-features.ts";
import { isHighlyAvailable } from "./commands-prod.ts";

const workplace = new Workplace("commands");
const { folder, home, state, environment } = workplace;
const officialState = join(folder, "official-state");
const dev = workplace.sandbox("dev");
const prod = workplace.sandbox("prod");
const make = workplace.make.bind(workplace);
const makeDone = workplace.makeDone.bind(workplace);

const SERVICES = [
  ["postgres", "llm-data", 5432],
  ["redis", "llm-data", 6379],
  ["nats", "llm-data", 4222],
  ["etcd", "llm-data", 2379],
  ["phoenix", "llm-tracing", 6006],
  ["litellm", "llm-gateway", 4000],
  ["open-webui", "llm-chat", 8080],
] as const;

const trackedFiles = (): string[] =>
  ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"].map((file) =>
    readFileSync(join(checkout, file), "utf8"),
  );

describe("the commands, through make", function () {
  this.timeout(300_000);
  const trackedBefore = trackedFiles();

  after(async () => {
    // Nothing to do when every test has passed.
    for (const [place, stack] of [
      [state, "dev"],
      [state, "prod"],
      [officialState, "dev"],
    ] as const) {
      const env = { ...environment, SANDBOX_STATE_DIR: place };
      await capture("make", ["down", `STACK=${stack}`], { cwd: checkout, env });
    }
    workplace.remove();
  });

  it("answer typing errors without changing anything", async () => {
    const stack = await make("up", "STACK=prd");
    expect(stack.code).to.not.equal(0);
    expect(stack.stderr)
      .to.contain('there is no stack "prd" (did you mean "prod"?)')
      .and.to.contain("Error 2");
    const target = await make("dwon");
    expect(target.code).to.not.equal(0);
    expect(target.stderr).to.contain('There is no target "dwon" (did you mean "down"?)');
    const show = await make("credentials", "SHOW=yes");
    expect(show.stderr).to.contain('SHOW="yes" is not valid').and.to.contain("Error 2");
    expect(existsSync(state)).to.equal(false);
  });

  it("reject a state folder that kwokctl cannot handle", async () => {
    const env = { ...environment, SANDBOX_STATE_DIR: join(folder, "a blank") };
    const { code, stderr } = await capture("make", ["up"], { cwd: checkout, env });
    expect(code).to.not.equal(0);
    expect(stderr).to.contain("the path of the sandbox contains a space");
    expect(existsSync(join(folder, "a blank"))).to.equal(false);
  });

  it("report what to do first if the stack is not up", async () => {
    const drift = await make("drift");
    expect(drift.code).to.not.equal(0);
    expect(drift.stderr).to.contain("stack dev is not up").and.to.contain("run `make up` first");
    const credentials = await make("credentials");
    expect(credentials.stderr).to.contain("stack dev is not up").and.to.contain("run `make up` first");
    const status = await make("status");
    expect(status.code).to.not.equal(0);
    expect(status.stdout)
      .to.match(/kube-apiserver +stopped/)
      .and.to.contain("run `make up`");
    expect(await makeDone("down")).to.contain("stack dev has no sandbox: nothing to do");
  });

  describe("up", () => {
    it("that is killed half-way leaves a lock; other commands fail while its holder runs", async () => {
      const up = { running: true };
      const first = make("up").finally(() => (up.running = false));
      let locks = readLocks(dev, "llm-platform", "dev");
      // The lock of Pulumi, and then an object that is on its way: the update is half-way.
      while (up.running && (locks.length === 0 || !(await hasObjects()))) {
        await sleep(200);
        locks = readLocks(dev, "llm-platform", "dev");
      }
      const [lock] = locks;
      expect(up.running, "up ended before it could be killed").to.equal(true);
      for (const command of ["up", "down"]) {
        const second = await make(command);
        expect(second.code).to.not.equal(0);
        expect(second.stderr)
          .to.contain("another update of stack dev is running")
          .and.to.contain(`process ${lock?.pid}`);
      }
      process.kill(lock?.pid ?? 0, "SIGKILL");
      const { code, stderr } = await first;
      expect(code).to.not.equal(0);
      expect(stderr).to.contain("the update of stack dev failed").and.to.contain("Pulumi was stopped");
      expect(readLocks(dev, "llm-platform", "dev")).to.deep.equal([lock]);
    });

    it("continues where it stopped, and prints each service with address and state, and the times", async () => {
      const output = await makeDone("up");
      expect(output).to.contain("an interrupted update left the stack locked; its process has ended");
      expect(output).to.match(/^COMPONENT +NAMESPACE +ADDRESS +STATE$/m);
      expectAllReady(output);
      expect(output).to.match(/^tools [\d.]+ s, cluster [\d.]+ s, update .+ s$/m);
    });

    it("does not change tracked files or the home folder, and its secrets are readable only by their owner", () => {
      expect(trackedFiles()).to.deep.equal(trackedBefore);
      // Go writes counters of its own there.
      expect(readdirSync(home).filter((name) => name !== ".config")).to.deep.equal([]);
      for (const file of [dev.passphrase, dev.kubeconfig, join(dev.stackConfigs, "Pulumi.dev.yaml")]) {
        expect(statSync(file).mode & 0o777, file).to.equal(0o600);
      }
    });

    it("changes nothing when it runs again", async () => {
      const output = await makeDone("up");
      expect(output).to.match(/^Resources:\n +\d+ unchanged$/m);
      expect(output).to.not.match(/tools \d+\/\d+:/);
    });

    it("restarts a dead API server with its data", async () => {
      const namespace = "kubectl get namespace llm-data -o jsonpath={.metadata.uid}";
      const uid = await workplace.shellDone("dev", namespace);
      const row = /^kube-apiserver +healthy +(\d+)/m.exec((await make("status")).stdout);
      process.kill(Number(row?.[1]), "SIGKILL");
      const status = await make("status");
      expect(status.code).to.not.equal(0);
      expect(status.stdout)
        .to.match(/^kube-apiserver +stopped$/m)
        .and.to.contain("`make up` starts it with its data");
      expect(await makeDone("up")).to.match(/^Resources:\n +\d+ unchanged$/m);
      expect(await workplace.shellDone("dev", namespace)).to.equal(uid);
    });
  });

  describe("drift", () => {
    const natsUsers =
      "kubectl -n llm-data patch $(kubectl -n llm-data get secrets -o name | grep nats-users-)";

    it("is none after an update", async () => {
      expect(await makeDone("drift")).to.contain("no drift: the cluster matches the last update");
    });

    it("lists each manual change by object and property, and ignores labels of others", async () => {
      const sidecar = JSON.stringify([
        {
          op: "add",
          path: "/spec/template/spec/containers/-",
          value: { name: "spy", image: "spy:1.0.0", securityContext: { privileged: true } },
        },
      ]);
      await workplace.shellDone(
        "dev",
        [
          "kubectl -n llm-gateway scale deployment litellm --replicas=3",
          `kubectl -n llm-data patch statefulset postgres --type=json --patch='${sidecar}'`,
          "kubectl -n llm-gateway delete networkpolicy default-deny",
          'kubectl -n llm-data patch service postgres --patch=\'{"spec":{"sessionAffinity":"ClientIP"}}\'',
          "kubectl -n llm-gateway label deployment litellm team=theirs",
          // The one Secret that is not immutable: its server reads it again.
          `${natsUsers} --patch='{"stringData":{"users.conf":"let the spy in"}}'`,
        ].join("\n"),
      );
      const { code, stdout, stderr } = await make("drift");
      expect(code).to.not.equal(0);
      expect(stderr).to.contain("Error 3");
      expect(stdout).to.match(/^Deployment llm-gateway\/litellm +spec\.replicas +1 +3$/m);
      expect(stdout).to.match(
        /^StatefulSet llm-data\/postgres +spec\.template\.spec\.containers\S* +nothing +.*spy/m,
      );
      expect(stdout).to.match(/^NetworkPolicy llm-gateway\/default-deny +there +deleted$/m);
      expect(stdout).to.match(/^Service llm-data\/postgres +spec\.sessionAffinity\S* +/m);
      expect(stdout).to.match(
        /^Secret llm-data\/nats-users-\w+ +stringData\["users\.conf"\] +\[secret\] +\[secret\]$/m,
      );
      expect(stdout).to.not.contain("theirs").and.to.not.contain("spy in");
      expect(stdout).to.contain("5 objects differ. `make up` repairs them");
    });

    it("is shown by preview, which changes nothing", async () => {
      expect(await makeDone("preview")).to.match(/spec/);
      expect((await make("drift")).stdout).to.contain("5 objects differ");
    });

    it("is repaired by up, and labels of others stay", async () => {
      await makeDone("up");
      expect(await makeDone("drift")).to.contain("no drift");
      const labels = "kubectl -n llm-gateway get deployment litellm -o jsonpath={.metadata.labels.team}";
      expect(await workplace.shellDone("dev", labels)).to.equal("theirs");
      const names =
        "kubectl -n llm-data get statefulset postgres -o jsonpath={.spec.template.spec.containers[*].name}";
      expect(await workplace.shellDone("dev", names)).to.not.contain("spy");
    });
  });

  // Tests beside a "describe" would run before it.
  describe("status and doctor", () => {
    it("status shows the cluster, the last update and the services", async () => {
      const output = await makeDone("status");
      expect(output)
        .to.match(/^etcd +healthy +\d+ +\d+$/m)
        .and.to.match(/^last update: update succeeded, /m);
      expectAllReady(output);
    });

    it("doctor lists what is installed and which engine is used", async () => {
      const output = await makeDone("doctor");
      expect(output)
        .to.match(/^ok +go +go\d/m)
        .and.to.match(/^ok +engine +standin: this sandbox's stack was created with it$/m);
    });
  });

  describe("credentials", () => {
    it("lists users and Secrets with commands that show the values, and shows values only on a terminal", async () => {
      const output = await makeDone("credentials");
      expect(output)
        // LiteLLM's pages are off in dev, so its administrator has a key and no sign-in.
        .to.match(
          /^litellm +litellm\.llm-gateway\.\S+:4000 +\(API key\) +llm-gateway\/litellm-master-key-\S+\/key$/m,
        )
        .and.to.match(/^phoenix +\S+:6006 +admin@localhost +llm-tracing\/\S+\/password$/m)
        .and.to.match(/^open-webui +\S+:8080 +admin@localhost +llm-chat\/\S+\/password$/m)
        .and.to.match(/^litellm +\S+:4000 +\(API key\) +llm-tenant-lab\/\S+\/key$/m)
        .and.to.contain("make credentials SHOW=1");
      const commands = output.split("\n").filter((line) => line.startsWith("  kubectl get secret "));
      const values = await Promise.all(commands.map((command) => workplace.shellDone("dev", command)));
      expect(values).to.have.length(4);
      for (const value of values) expect(value).to.match(/^[\w-]{30,}$/);
      expect(values.some((value) => output.includes(value))).to.equal(false);
      const shown = (await workplace.onTerminal("make credentials SHOW=1")).stdout;
      expect(values.filter((value) => shown.includes(value))).to.deep.equal(values);
      const refused = await make("credentials", "SHOW=1");
      expect(refused.stderr).to.contain("passwords are shown on a terminal only").and.to.contain("Error 2");
      expect(values.some((value) => (refused.stdout + refused.stderr).includes(value))).to.equal(false);
    });
  });

  // It deploys nothing that another test does not: only the choice of the engine differs.
  if (isDeep)
    describe("an official engine", () => {
      it("is used where it is installed, and its home is only read", async () => {
        // The official parts are not available here. The stand-ins are laid out like an installation.
        const official = join(folder, "official");
        installStandIns({ pulumiHome: official, nodePath: process.execPath });
        const plugins = readdirSync(join(official, "plugins"));
        const bin = join(official, "bin");
        mkdirSync(bin);
        const { pulumi } = await ensureTools(["pulumi"], createReport());
        symlinkSync(pulumi, join(bin, "pulumi"));
        const host = plugins.find((name) => name.startsWith("language-nodejs")) ?? "";
        symlinkSync(
          join(official, "plugins", host, "pulumi-language-nodejs"),
          join(bin, "pulumi-language-nodejs"),
        );
        const env = {
          ...environment,
          PATH: `${bin}:${environment["PATH"] ?? ""}`,
          PULUMI_HOME: official,
          SANDBOX_STATE_DIR: officialState,
        };
        const doctor = await capture("make", ["doctor"], { cwd: checkout, env });
        expect(doctor.stdout).to.match(/^ok +engine +official: Pulumi and its plugins are installed$/m);
        const preview = await capture("make", ["preview"], { cwd: checkout, env });
        expect(preview.code, preview.stdout + preview.stderr).to.equal(0);
        expect(preview.stderr).to.contain("engine: official Pulumi");
        expect(preview.stdout).to.match(/\+ \d+ to create/);
        const other = await capture("make", ["preview"], {
          cwd: checkout,
          env: { ...env, SANDBOX_ENGINE: "standin" },
        });
        expect(other.stderr).to.contain("this sandbox's stack was created with the official engine");
        expect((await capture("make", ["down"], { cwd: checkout, env })).code).to.equal(0);
        expect(readdirSync(join(official, "plugins"))).to.deep.equal(plugins);
      });
    });

  describe("prod, beside dev", () => {
    let first: string;
    before(async () => {
      first = await makeDone("up", "STACK=prod");
    });

    isHighlyAvailable(workplace, () => first);

    // After the describes above: tests beside them would run first.
    describe("with a key of its own", () => {
      it("uses a placeholder for a provider key, and accepts a key in a shell with the sandbox's settings", async () => {
        expect(first).to.contain("llm-platform:openrouterApiKey is not set; the sandbox uses a placeholder");
        await workplace.shellDone(
          "prod",
          "echo not-a-real-key | pulumi config set --secret llm-platform:openrouterApiKey",
        );
        expect(readFileSync(join(prod.stackConfigs, "Pulumi.prod.yaml"), "utf8")).to.not.contain(
          "not-a-real-key",
        );
        const output = await makeDone("up", "STACK=prod");
        expect(output)
          .to.contain("Pulumi.prod.yaml: llm-platform:openrouterApiKey")
          .and.to.match(/^ +~ 1 updated$/m);
        expectAllReady(output, { postgres: "postgres-rw", phoenix: "phoenix-svc", litellm: "litellm-proxy" });
        expect(output).to.match(/^to sign in: make credentials STACK=prod$/m);
        expect(await makeDone("credentials", "STACK=prod"))
          .to.match(/^phoenix +\S+:6006 +admin@localhost +llm-tracing\/\S+\/password$/m)
          .and.to.contain("make credentials STACK=prod SHOW=1");
      });

      it("down removes the protection of its data, and reports what was left behind", async () => {
        await workplace.shellDone(
          "prod",
          "kubectl -n default create configmap forgotten\nkubectl -n default label configmap forgotten app.kubernetes.io/part-of=llm-platform",
        );
        const { code, stderr } = await make("down", "STACK=prod");
        expect(code).to.not.equal(0);
        expect(stderr).to.match(/\d+ resources are protected; the protection is removed in this sandbox/);
        expect(stderr).to.contain("left behind by the stack: configmap/forgotten\n");
        expect(stderr).to.contain("still there: the sandbox of dev");
        expect(existsSync(prod.root)).to.equal(false);
      });
    });
  });

  // It changes the configuration of dev, so it comes last.
  turnsFeaturesOffAndOn(workplace);

  describe("down", () => {
    it("leaves no object, no process and no file, and can be repeated", async () => {
      expect(workplace.processes()).to.not.deep.equal([]);
      expect(await makeDone("down")).to.contain("stack dev is down: destroyed, nothing left behind");
      expect(workplace.processes()).to.deep.equal([]);
      expect(readdirSync(state)).to.deep.equal([]);
      expect(await makeDone("down")).to.contain("nothing to do");
      expect(trackedFiles()).to.deep.equal(trackedBefore);
    });
  });
});

/** A row for each of the platform's services, and no other; all of them ready. Hosts that are not called like the service. */
function expectAllReady(output: string, hosts: Readonly<Record<string, string>> = {}): void {
  const rows = output.split("\n").filter((line) => /\.svc\.cluster\.local:\d+ /.test(line));
  expect(rows.map((row) => row.split(/ +/))).to.deep.equal(
    SERVICES.map(([name, namespace, port]) => [
      name,
      namespace,
      `${hosts[name] ?? name}.${namespace}.svc.cluster.local:${String(port)}`,
      "ready",
    ]),
  );
}

/** Whether the update has made its first objects. */
async function hasObjects(): Promise<boolean> {
  if (!existsSync(shellFile(dev))) return false;
  const script =
    '. "$0"; kubectl get configmaps,networkpolicies -A -l app.kubernetes.io/part-of=llm-platform -o name';
  return (await capture("sh", ["-c", script, shellFile(dev)], { env: environment })).stdout !== "";
}
