import { expect } from "chai";
import { readFileSync } from "node:fs";
import { EngineProject } from "./engine-project.ts";
import type { Result } from "./engine-project.ts";
import type { Kubectl } from "./kubectl.ts";
import { type SharedCluster, sharedCluster } from "./shared-cluster.ts";

/** A Pulumi project of its own that uses the shared cluster through the stand-in provider. */
export class KubernetesProject {
  readonly kubectl: Kubectl;
  readonly pulumi: EngineProject;
  readonly kubeconfig: string;
  private readonly cluster: SharedCluster;

  static async create(): Promise<KubernetesProject> {
    return new KubernetesProject(await sharedCluster(), await EngineProject.create());
  }

  private constructor(cluster: SharedCluster, pulumi: EngineProject) {
    this.kubectl = cluster.kubectl;
    this.pulumi = pulumi;
    this.cluster = cluster;
    this.kubeconfig = readFileSync(cluster.paths.kubeconfig, "utf8");
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
    await this.cluster.clear();
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
