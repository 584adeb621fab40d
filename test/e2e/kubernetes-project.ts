import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, stopCluster } from "../../sandbox/cluster/cluster.ts";
import { statePaths, type StatePaths } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { EngineProject } from "./engine-project.ts";
import type { Result } from "./engine-project.ts";
import { Kubectl } from "./kubectl.ts";

/** A cluster and a Pulumi project of its own that uses it through the stand-in provider. */
export class KubernetesProject {
  readonly kubectl: Kubectl;
  readonly pulumi: EngineProject;
  readonly kubeconfig: string;
  private readonly paths: StatePaths;

  static async create(): Promise<KubernetesProject> {
    const tools = await ensureTools(["kubernetes", "kwok"], createReport());
    const paths = statePaths(mkdtempSync(join(tmpdir(), "engine-kubernetes-")));
    await startCluster(tools, createReport(), paths);
    const kubectl = new Kubectl(tools.kubectl, paths.kubeconfig);
    return new KubernetesProject(kubectl, await EngineProject.create(), paths);
  }

  private constructor(kubectl: Kubectl, pulumi: EngineProject, paths: StatePaths) {
    this.kubectl = kubectl;
    this.pulumi = pulumi;
    this.paths = paths;
    this.kubeconfig = readFileSync(paths.kubeconfig, "utf8");
    const dependencies = { "@pulumi/pulumi": "*", "@pulumi/kubernetes": "*" };
    pulumi.write("package.json", JSON.stringify({ name: "engine-test", type: "module", dependencies }));
  }

  /** The body of a program: `k8s`, `pulumi` and the options `o` (with the provider) are there. */
  program(body: string, providerArgs: object = {}): void {
    const args = { kubeconfig: this.kubeconfig, ...providerArgs };
    this.pulumi.program(`
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
const provider = new k8s.Provider("cluster", ${JSON.stringify(args)});
const o = { provider };
${body}`);
  }

  async up(...flags: string[]): Promise<Result> {
    return this.pulumi.run("up", "--yes", "--skip-preview", ...flags);
  }

  /** Runs a program and expects success. */
  async apply(body: string, providerArgs: object = {}): Promise<string> {
    this.program(body, providerArgs);
    return succeeded(await this.up());
  }

  /** Removes everything of the stack, whatever state it is in. */
  async clear(): Promise<void> {
    await this.pulumi.run("cancel", "--yes");
    succeeded(await this.pulumi.run("state", "unprotect", "--all", "--yes"));
    succeeded(await this.pulumi.run("destroy", "--yes", "--skip-preview", "--refresh"));
  }

  async exported(): Promise<string> {
    return (await this.pulumi.run("stack", "export")).stdout;
  }

  async dispose(): Promise<void> {
    this.pulumi.dispose();
    await stopCluster(this.paths);
    rmSync(this.paths.root, { recursive: true, force: true });
  }
}

export function succeeded({ code, output }: Result): string {
  expect(code, output).to.equal(0);
  return output;
}

export function failed({ code, output }: Result, ...texts: readonly string[]): string {
  expect(code, output).not.to.equal(0);
  for (const text of texts) expect(output).to.include(text);
  return output;
}
