import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isContents } from "../../../kubernetes/kubeconfig.ts";
import type { Options } from "../options.ts";

/** A failure of helm, with its output. */
export class HelmError extends Error {
  override readonly name = "HelmError";
}

export interface HelmRun {
  /** Contents of values files, in order. They can contain secrets, so they are never arguments. */
  readonly values?: readonly string[];
  readonly signal: AbortSignal;
}

// When the engine ends, this process ends immediately. Neither helm nor a file with values may stay.
const folders = new Set<string>();
const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGTERM");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The helm binary, on the provider's cluster. */
export class Helm {
  private readonly program = process.env["HELM_BINARY"] ?? "helm";
  private readonly options: Options;

  constructor(options: Options) {
    if (options.cluster !== undefined)
      throw new Error("a Release does not go with the provider's option cluster");
    this.options = options;
  }

  async run(args: readonly string[], { values = [], signal }: HelmRun): Promise<string> {
    const folder = mkdtempSync(path.join(tmpdir(), "helm-"));
    folders.add(folder);
    try {
      const file = (name: string, content: string) => {
        const full = path.join(folder, name);
        writeFileSync(full, content, { mode: 0o600 });
        return full;
      };
      const valuesArguments = values.flatMap((text, index) => [
        "--values",
        file(`values-${index}.yaml`, text),
      ]);
      return await this.execute([...args, ...this.connection(file), ...valuesArguments], signal);
    } finally {
      folders.delete(folder);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private connection(file: (name: string, content: string) => string): string[] {
    const { kubeconfig, context } = this.options;
    const asFile = kubeconfig !== undefined && isContents(kubeconfig);
    const given = asFile ? file("kubeconfig", kubeconfig) : kubeconfig;
    return [
      ...(given === undefined ? [] : ["--kubeconfig", given]),
      ...(context === undefined ? [] : ["--kube-context", context]),
    ];
  }

  private async execute(args: readonly string[], signal: AbortSignal): Promise<string> {
    // Variables that would override the cluster or namespace of the arguments.
    const ambient = Object.entries(process.env).filter(([name]) => !/^HELM_(KUBE|NAMESPACE)/.test(name));
    return await new Promise((resolve, reject) => {
      const child = spawn(this.program, args, {
        env: Object.fromEntries(ambient),
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.add(child);
      // helm marks the release as failed when it is interrupted.
      const interrupt = () => child.kill("SIGINT");
      signal.addEventListener("abort", interrupt);
      let output = "";
      let errors = "";
      child.stdout.on("data", (data: Buffer) => (output += data.toString()));
      child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
      const end = (settle: () => void) => {
        children.delete(child);
        signal.removeEventListener("abort", interrupt);
        settle();
      };
      child.on("error", (error: NodeJS.ErrnoException) => {
        const missing = `helm is needed for a Release, but ${this.program} cannot be run (${error.code ?? error.message}): put it on PATH or set HELM_BINARY`;
        end(() => reject(new HelmError(missing)));
      });
      child.on("close", (code) => {
        const failure = errors.replaceAll(/^(WARNING|W\d{4}).*\n/gm, "").trim();
        end(() =>
          code === 0
            ? resolve(output)
            : reject(new HelmError(failure || `helm ended with ${code ?? "a signal"}`)),
        );
      });
    });
  }
}
