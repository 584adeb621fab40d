// The commands through `make`, as a person uses them, on a state folder and a home folder of a test's own.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { capture, type Captured } from "../sandbox/commands/run.ts";
import { shellFile } from "../sandbox/commands/stack-state.ts";
import { cacheFolder, checkout, type StatePaths, statePaths } from "../sandbox/paths.ts";
import { processIdentity } from "../sandbox/processes.ts";

export class Workplace {
  readonly folder: string;
  readonly home: string;
  /** All sandboxes of this workplace. */
  readonly state: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(name: string) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), `llm-platform-${name}-`)));
    this.home = join(this.folder, "home");
    this.state = join(this.folder, "state");
    mkdirSync(this.home);
    const ours = /^(MAKE.*|MFLAGS|STACK|SANDBOX_.*|TEST_.*|PULUMI_.*)$/;
    const userHome = process.env["HOME"] ?? "";
    this.environment = {
      ...Object.fromEntries(Object.entries(process.env).filter(([variable]) => !ours.test(variable))),
      HOME: this.home,
      XDG_CACHE_HOME: join(cacheFolder(), ".."),
      SANDBOX_STATE_DIR: this.state,
      // Otherwise Go's caches would be created again in the test's home.
      GOPATH: process.env["GOPATH"] ?? join(userHome, "go"),
      GOCACHE: process.env["GOCACHE"] ?? join(userHome, ".cache", "go-build"),
    };
  }

  sandbox(stack: string): StatePaths {
    return statePaths(join(this.state, stack));
  }

  make(...args: readonly string[]): Promise<Captured> {
    return capture("make", args, { cwd: checkout, env: this.environment });
  }

  /** A command that must do what it says. */
  async makeDone(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.make(...args);
    expect(code, `make ${args.join(" ")}\n${stdout}\n${stderr}`).to.equal(0);
    return stdout + stderr;
  }

  /** A command in the checkout whose stdout is a terminal. */
  onTerminal(command: string): Promise<Captured> {
    const args = ["--quiet", "--return", "--command", command, "/dev/null"];
    return capture("script", args, { cwd: checkout, env: this.environment });
  }

  /** A command in a shell that has read the sandbox's settings; what is secret, or long, comes as a variable. */
  shell(stack: string, script: string, variables: Readonly<Record<string, string>> = {}): Promise<Captured> {
    const settings = shellFile(this.sandbox(stack));
    return capture("sh", ["-ec", `. "$0"; ${script}`, settings], {
      env: { ...this.environment, ...variables },
    });
  }

  /** Likewise; it must succeed. Gives what it wrote. */
  async shellDone(
    stack: string,
    script: string,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.shell(stack, script, variables);
    expect(code, `${script}\n${stdout}\n${stderr}`).to.equal(0);
    return stdout.trim();
  }

  /** Whatever the commands started: its home or its state folder is the test's. */
  processes(): string[] {
    return readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid) || processIdentity(Number(pid)) === undefined) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(this.folder);
      } catch {
        return false;
      }
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
