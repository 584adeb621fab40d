// The real admission controller of Kyverno, as a process of this machine, with what its chart would give to its pod: the
// flags, the ConfigMaps and the definitions that come of our values.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { renderValues } from "../../components/kyverno/render-values.ts";
import { call } from "../../sandbox/cluster/access.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { eventually, type Kubectl } from "../e2e/kubectl.ts";
import { namespace } from "../e2e/objects.ts";
import { officialChart } from "../../sandbox/charts/kyverno.ts";
import type { Manifest } from "../kubernetes.ts";
import { freePort } from "./free-port.ts";

export const KYVERNO_NAMESPACE = "kyverno";
/** On every webhook configuration of Kyverno's. */
const MANAGED = "webhook.kyverno.io/managed-by=kyverno";
const WEBHOOKS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";

/** What the chart makes besides pods and how they are found. */
const NEEDED = ["ConfigMap", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const ACCOUNT = "kyverno-admission-controller";

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

/** What the official chart makes of the platform's values. */
async function renderOfficialChart(folder: string, highAvailability: boolean): Promise<Manifest[]> {
  const { helm } = await ensureTools(["helm"], createReport());
  const chart = await officialChart(join(folder, "chart"));
  const args = ["template", "kyverno", chart.folder, "--namespace", KYVERNO_NAMESPACE, "--values", "-"];
  const text = execFileSync(helm, args, {
    input: JSON.stringify(renderValues({ highAvailability })),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return parseAllDocuments(text).flatMap((document) => (document.toJS() ?? []) as Manifest);
}

/** As the pod's own service account: what its roles do not let it do, it cannot do here either. */
async function writeKubeconfig(kubectl: Kubectl, file: string): Promise<void> {
  const token = await kubectl.run(`-n ${KYVERNO_NAMESPACE} create token ${ACCOUNT} --duration=2h`);
  const config = JSON.parse(await kubectl.run("config view --raw -o json")) as { users: { name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token: token.trim() } }));
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
}

export class KyvernoController {
  readonly #kubectl: Kubectl;
  readonly #folder: string;
  readonly #program: string;
  readonly #container: Container;
  #process: ChildProcess | undefined;
  #log = "";

  static async start(kubectl: Kubectl): Promise<KyvernoController> {
    const { kyvernoAdmission } = await ensureTools(["kyverno"], createReport());
    const folder = mkdtempSync(join(tmpdir(), "kyverno-"));
    const objects = await renderOfficialChart(folder, false);
    const kinds = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
    // Too long for the annotation that `kubectl apply` would write.
    await kubectl.run("apply --server-side -f -", kinds);
    await kubectl.run(`wait --for=condition=Established --timeout=60s -f -`, kinds);
    await kubectl.create(namespace(KYVERNO_NAMESPACE));
    await kubectl.create(...objects.filter(({ kind }) => NEEDED.includes(kind)));
    const deployment = objects.find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === ACCOUNT,
    );
    const { template } = deployment?.spec as {
      template: { spec: { containers: [Container] } };
    };
    await writeKubeconfig(kubectl, join(folder, "kubeconfig"));
    const controller = new KyvernoController(kubectl, folder, kyvernoAdmission, template.spec.containers[0]);
    await controller.#run();
    return controller;
  }

  private constructor(kubectl: Kubectl, folder: string, program: string, container: Container) {
    this.#kubectl = kubectl;
    this.#folder = folder;
    this.#program = program;
    this.#container = container;
  }

  /** What it wrote. */
  get log(): string {
    return this.#log;
  }

  async #run(): Promise<void> {
    const [webhooks, metrics] = [await freePort(), await freePort()];
    const elsewhere = [
      `--kubeconfig=${join(this.#folder, "kubeconfig")}`,
      `--serverIP=127.0.0.1:${webhooks}`,
      "--webhookServerHost=127.0.0.1",
      `--webhookServerPort=${webhooks}`,
      // By default it listens on all addresses (docs/references.md#kyverno-outside-a-cluster).
      "--disableMetrics=true",
      "--metricsHost=127.0.0.1",
      `--metricsPort=${metrics}`,
      "--controllerRuntimeMetricsAddress=0",
      // An RSA key takes it seconds.
      "--tlsKeyAlgorithm=ECDSA",
    ];
    const given = this.#container.env.flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value]],
    );
    const child = spawn(this.#program, [...this.#container.args, ...elsewhere], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: this.#folder,
        ...Object.fromEntries(given as [string, string][]),
        KYVERNO_NAMESPACE,
        KYVERNO_POD_NAME: `${ACCOUNT}-0`,
        TUF_ROOT: join(this.#folder, "sigstore"),
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    this.#process = child;
    // What the pod's readiness probe asks: before, its certificate may not be there, and the API server refuses policies.
    const isReady = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error(`Kyverno has ended: ${this.#log.slice(-2000)}`);
      const url = `https://127.0.0.1:${webhooks}/health/readiness`;
      return (await call("GET", url, { rejectUnauthorized: false }))?.status === 200;
    };
    await eventually(isReady, (ready) => ready);
    await eventually(
      () => this.webhookConfigurations(),
      (names) => names.includes("kyverno-policy-validating-webhook-cfg"),
    );
  }

  /** Only by the label that a teardown looks for. */
  async webhookConfigurations(): Promise<string[]> {
    const found = await this.#kubectl.run(
      `get ${WEBHOOKS} -l ${MANAGED} -o jsonpath={.items[*].metadata.name}`,
    );
    return found.split(" ").filter(Boolean);
  }

  /** Puts policies into the cluster, and waits until Kyverno says that they are ready. */
  async apply(
    ...policies: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]
  ) {
    await this.#kubectl.run("apply --server-side -f -", policies);
    for (const { kind, metadata } of policies) {
      const ready = () => this.#kubectl.value(`${kind} ${metadata.name}`, ".status.conditionStatus.ready");
      await eventually(ready, (answer) => answer === "true");
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** What the hooks of the chart do: the process first, then its webhooks. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#kubectl.run(`delete ${WEBHOOKS} -l ${MANAGED}`);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
