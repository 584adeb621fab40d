import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { installStandIns, STAND_IN_ENVIRONMENT } from "../../sandbox/engine/install.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";

export interface Result {
  readonly code: number | null;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  readonly stdout: string;
}

/** A Pulumi project in a folder of its own, driven by the real CLI with the stand-ins; everything goes with dispose. */
export class EngineProject {
  readonly folder: string;
  private readonly environment: NodeJS.ProcessEnv;
  private readonly pulumi: string;

  /** The stack `dev` exists, the program is empty. */
  static async create(): Promise<EngineProject> {
    const { pulumi } = await ensureTools(["pulumi"], createReport());
    const project = new EngineProject(pulumi);
    const created = await project.run("stack", "init", "dev");
    if (created.code !== 0) throw new Error(created.output);
    return project;
  }

  private constructor(pulumi: string) {
    this.pulumi = pulumi;
    this.folder = mkdtempSync(join(tmpdir(), "engine-project-"));
    const pulumiHome = join(this.folder, "home");
    const state = join(this.folder, "state");
    mkdirSync(state);
    installStandIns({ pulumiHome, nodePath: process.execPath });
    symlinkSync(join(import.meta.dirname, "../../node_modules"), join(this.folder, "node_modules"));
    this.write(
      "Pulumi.yaml",
      "name: engine-test\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    const dependencies = { "@pulumi/pulumi": "*", "@pulumi/random": "*" };
    this.write("package.json", JSON.stringify({ name: "engine-test", type: "module", dependencies }));
    this.write("index.ts", "");
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"));
    this.environment = {
      ...Object.fromEntries(others),
      ...STAND_IN_ENVIRONMENT,
      PATH: [dirname(pulumi), process.env["PATH"]].join(delimiter),
      PULUMI_HOME: pulumiHome,
      PULUMI_BACKEND_URL: pathToFileURL(state).href,
      PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    };
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  program(source: string): void {
    this.write("index.ts", source);
  }

  async run(...args: readonly string[]): Promise<Result> {
    return finished(this.start(...args));
  }

  /** In a process group of its own, as a terminal would start it. */
  start(...args: readonly string[]): ChildProcess {
    return spawn(this.pulumi, [...args, "--non-interactive"], {
      cwd: this.folder,
      env: this.environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async output(name: string): Promise<unknown> {
    const { stdout } = await this.run("stack", "output", name, "--json", "--show-secrets");
    return JSON.parse(stdout);
  }

  /** What runs for this project, the CLI and everything below it: found by the environment that it has inherited. */
  processes(): { readonly pid: number; readonly command: string }[] {
    const mark = `PULUMI_HOME=${this.environment["PULUMI_HOME"] ?? ""}\0`;
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const read = (file: string): string => {
          try {
            return readFileSync(join("/proc", pid, file), "utf8");
          } catch {
            return ""; // It has ended, or belongs to another user.
          }
        };
        return read("environ").includes(mark)
          ? [{ pid: Number(pid), command: read("cmdline").replaceAll("\0", " ").trim() }]
          : [];
      });
  }

  /** Waits for as long as the test may run. */
  async noProcesses(): Promise<void> {
    while (this.processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  dispose(): void {
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcess): Promise<Result> {
  const all: Buffer[] = [];
  const stdout: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => {
    all.push(chunk);
    stdout.push(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => all.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, output: Buffer.concat(all).toString(), stdout: Buffer.concat(stdout).toString() });
    });
  });
}

/** Resolves when the text has appeared in the output of a running command. */
export function printed(child: ChildProcess, text: string): Promise<void> {
  let seen = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`ended without "${text}":\n${seen}`)));
  });
}
