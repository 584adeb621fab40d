// The dev stack with its tenant "lab" on a real API server, and a user of that tenant.
import { expect } from "chai";
import { capture } from "../../sandbox/commands/run.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { Workplace } from "../make.ts";
import { actingAs } from "./access.ts";
import { Kubectl, type Result } from "./kubectl.ts";

export const TENANT = "llm-tenant-lab";
export const USER = { user: "alice", groups: ["lab-users"] };

export class TenantLab {
  readonly workplace = new Workplace("tenants");
  #kubectl: Kubectl | undefined;
  #namespaces: readonly string[] = [];

  async start(): Promise<void> {
    const tools = await ensureTools(["kubernetes"], createReport());
    await this.workplace.makeDone("up");
    this.#kubectl = new Kubectl(tools.kubectl, this.workplace.sandbox("dev").kubeconfig);
    const names = await this.kubectl.run("get namespaces -l app.kubernetes.io/part-of=llm-platform -o name");
    this.#namespaces = names
      .trim()
      .split("\n")
      .map((name) => name.replace("namespace/", ""));
    expect(this.namespaces).to.include.members([
      "llm-data",
      "llm-gateway",
      "llm-chat",
      "llm-tracing",
      TENANT,
    ]);
  }

  async stop(): Promise<void> {
    await capture("make", ["down"], { cwd: checkout, env: this.workplace.environment });
    this.workplace.remove();
  }

  /** As an administrator. */
  get kubectl(): Kubectl {
    if (this.#kubectl === undefined) throw new Error("the stack is not up");
    return this.#kubectl;
  }

  /** Of the platform, tenants' included. */
  get namespaces(): readonly string[] {
    return this.#namespaces;
  }

  asUser(args: string, ...objects: object[]): Promise<Result> {
    return this.kubectl.try(`${actingAs(USER)} ${args}`, objects);
  }

  dryRun(...objects: object[]): Promise<Result> {
    return this.kubectl.try("create --dry-run=server -f -", objects);
  }
}

/** A refusal for the expected reason, and no other. */
export function refused({ code, output }: Result, reason: string | RegExp): void {
  expect(output).to.match(typeof reason === "string" ? new RegExp(reason) : reason);
  expect(code, output).to.not.equal(0);
}

/** A claim of the tenant. */
export const claim = (name: string, storage: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: TENANT },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec },
});
