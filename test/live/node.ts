// A live node for a test: its own state folder, an image with a shell's tools, and kubectl from the host's side.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { unpackDebian } from "../../sandbox/tools/debian.ts";
import { writeArchive } from "../../sandbox/live/base-images.ts";
import type { LiveOptions, RunningLive } from "../../sandbox/live/start.ts";
import { startLive } from "../../sandbox/live/start.ts";
import { stopLive } from "../../sandbox/live/stop.ts";
import type { StatePaths } from "../../sandbox/paths.ts";
import { statePaths } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";

export const report = createReport({ write: () => true });

/** busybox and pod-probe, without a shell's links: `/bin/busybox cat FILE`. */
const testImage = "sandbox.llm-platform/test:1";

/** What every pod of the platform is, too. */
export const hardened = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
export const hardenedPod = {
  runAsNonRoot: true,
  runAsUser: 1234,
  seccompProfile: { type: "RuntimeDefault" },
};

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class TestNode {
  readonly paths: StatePaths;
  readonly seconds: number;
  readonly #kubectl: string;
  readonly #kubeconfig: string;

  private constructor(paths: StatePaths, seconds: number, kubectl: string, kubeconfig: string) {
    this.paths = paths;
    this.seconds = seconds;
    this.#kubectl = kubectl;
    this.#kubeconfig = kubeconfig;
  }

  static async start(
    start: (options: LiveOptions) => Promise<RunningLive> = (options) => startLive(report, options),
  ): Promise<TestNode> {
    const paths = statePaths(await mkdtemp(join(tmpdir(), "live-test-")));
    const { kubectl, podProbe } = await ensureTools(["kubernetes", "pod-probe"], report);
    const busybox = join(await unpackDebian(["busybox-static"]), "bin", "busybox");
    const archive = join(paths.root, "test-image.tar");
    await writeArchive(
      { reference: testImage, programs: [busybox, podProbe], entrypoint: ["/bin/pod-probe"] },
      archive,
    );
    try {
      const { kubeconfig, seconds } = await start({ paths, archives: [archive] });
      return new TestNode(paths, seconds, kubectl, kubeconfig);
    } catch (error) {
      await stopLive(paths);
      await rm(paths.root, { recursive: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await stopLive(this.paths);
    await rm(this.paths.root, { recursive: true, force: true });
  }

  /** Whatever the outcome: a refusal is a result, too. */
  async try(args: readonly string[], input = ""): Promise<Output> {
    const running = promisify(execFile)(this.#kubectl, ["--kubeconfig", this.#kubeconfig, ...args], {
      maxBuffer: 2 ** 24,
    });
    running.child.stdin?.end(input);
    try {
      return { code: 0, ...(await running) };
    } catch (error) {
      const { code, stdout, stderr } = error as Output;
      return { code, stdout, stderr };
    }
  }

  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }

  async apply(...objects: readonly unknown[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.kubectl(["apply", "--server-side", "--filename", "-"], JSON.stringify(list));
  }

  async namespace(name: string, labels: Record<string, string> = {}): Promise<void> {
    await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    // Pods that are posted before it is there are refused.
    await this.kubectl(["-n", name, "wait", "--for=create", "serviceaccount/default", "--timeout=30s"]);
  }

  async waitFor(namespace: string, what: string, condition: string): Promise<void> {
    await this.kubectl(["-n", namespace, "wait", what, `--for=${condition}`, "--timeout=90s"]);
  }

  exec(namespace: string, pod: string, ...command: readonly string[]): Promise<string> {
    return this.kubectl(["-n", namespace, "exec", pod, "--", ...command]);
  }

  jsonpath(namespace: string, what: string, path: string): Promise<string> {
    return this.kubectl(["-n", namespace, "get", what, "-o", `jsonpath={${path}}`]);
  }
}

export function pod(
  namespace: string,
  name: string,
  container: Record<string, unknown>,
  spec: Record<string, unknown> = {},
): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      securityContext: { ...hardenedPod, ...(spec["securityContext"] as object | undefined) },
      ...Object.fromEntries(Object.entries(spec).filter(([key]) => key !== "securityContext")),
      containers: [
        {
          name: "main",
          image: testImage,
          imagePullPolicy: "Never",
          args: ["pause"],
          securityContext: hardened,
          ...container,
        },
      ],
    },
  };
}

/** Until it gives a value; the test's own time limit ends it. */
export async function eventually<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await attempt();
    if (found !== undefined) return found;
    await sleep(200);
  }
}
