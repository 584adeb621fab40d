// `make verify-charts` with the real helm and a registry of this machine, which has Kyverno's own chart and broken copies.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { KYVERNO } from "../../components/kyverno/endpoints.ts";
import { kyvernoProblem, officialChart } from "../../sandbox/charts/kyverno.ts";
import { plannedReleases, type PlannedRelease, SECRET } from "../../sandbox/charts/releases.ts";
import { type ChartTools, verifyRelease } from "../../sandbox/charts/verify.ts";
import { capture } from "../../sandbox/commands/run.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { committedConfig } from "../../stacks/docs/committed-config.ts";

/** A database without labels of ours and without any hardening. */
const EXTRA = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: extra }
spec:
  selector: { matchLabels: { app: extra } }
  template:
    metadata: { labels: { app: extra } }
    spec: { containers: [{ name: extra, image: "docker.io/library/postgres:18" }] }
`;

describe("make verify-charts, with a registry of this machine", function () {
  this.timeout("10m");
  const folder = mkdtempSync(join(tmpdir(), "verify-charts-test-"));
  let registry: ChildProcess | undefined;
  let host: string;
  let tools: ChartTools;
  let prods: PlannedRelease;

  before("needs Kyverno's Go module", async function () {
    this.timeout("60m"); // Tools may have to be built.
    if ((await kyvernoProblem()) !== undefined) return this.skip();
    const { crane, helm, kyvernoCli } = await ensureTools(["crane", "helm", "kyverno"], createReport());
    tools = { helm, kyvernoCli, environment: process.env, pullFlags: ["--plain-http"] };
    registry = spawn(crane, ["registry", "serve", "--address", "127.0.0.1:0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    host = `127.0.0.1:${await portOf(registry)}`;
    const kyverno = (await plannedReleases(committedConfig("prod"))).find(({ name }) => name === KYVERNO);
    if (kyverno === undefined) throw new Error("prod has no release of Kyverno");
    const { repository, ...release } = kyverno;
    expect(repository).to.equal("https://kyverno.github.io/kyverno/");
    prods = { ...release, chart: `oci://${host}/official/kyverno` };
    await officialChart(join(folder, "kyverno"));
    await push("official");
  });
  after(() => {
    registry?.kill();
    rmSync(folder, { recursive: true });
  });

  const push = async (repository: string, template?: string) => {
    const copy = join(folder, repository);
    cpSync(join(folder, "kyverno"), join(copy, "kyverno"), { recursive: true });
    if (template !== undefined) writeFileSync(join(copy, "kyverno/templates/broken.yaml"), template);
    for (const args of [
      ["package", join(copy, "kyverno"), "--destination", copy],
      ["push", join(copy, `kyverno-3.9.1.tgz`), `oci://${host}/${repository}`, "--plain-http"],
    ]) {
      const { code, stderr } = await capture(tools.helm, args);
      expect(code, stderr).to.equal(0);
    }
  };
  /** Without the definitions, which only cost time here. */
  const broken = (
    repository: string,
    values: object,
    more: Partial<PlannedRelease> = {},
  ): PlannedRelease => ({
    ...prods,
    chart: `oci://${host}/${repository}/kyverno`,
    values: { crds: { install: false }, ...values },
    ...more,
  });
  const problemsOf = async (release: PlannedRelease) => {
    const verdict = await verifyRelease(release, tools);
    return verdict.kind === "checked" ? verdict.problems : [`not checked: ${verdict.reason}`];
  };

  it("finds nothing wrong with prod's release of Kyverno's own chart", async () => {
    // The definitions, and only they, take most of the time.
    const values = { ...prods.values, crds: { install: false } };
    expect(await problemsOf({ ...prods, values })).to.deep.equal([]);
  });

  it("reports keys without an effect, secrets, pods and policies that do not meet, databases and Pod Security", async () => {
    await push("extra", EXTRA);
    const controller = (component: string) => ({
      name: component,
      namespace: KYVERNO,
      podLabels: { "app.kubernetes.io/component": component },
    });
    const names = ["admission", "background", "cleanup", "reports"].map((name) => `${name}-controller`);
    const problems = await problemsOf(
      broken(
        "extra",
        { global: { image: { registry: SECRET } }, cleanUpController: { replicas: 2 } },
        { openings: [...names, "clean-up-controller"].map(controller) },
      ),
    );
    expect(
      problems.map((problem) => problem.replace(/(rejects the pods of Deployment extra): .*/, "$1")),
    ).to.deep.equal([
      "the value global.image.registry contains a secret",
      "Deployment extra is a database of the chart's own: docker.io/library/postgres:18",
      "no network policy selects the pods of Deployment extra (app=extra)",
      "the network policy clean-up-controller selects no pod (app.kubernetes.io/component=clean-up-controller)",
      "Pod Security restricted rejects the pods of Deployment extra",
      "the key cleanUpController.replicas has no effect",
    ]);
  });

  it("reports a chart that renders other objects each time, and one that rejects the values", async () => {
    await push("random", `apiVersion: v1\nkind: Secret\nmetadata: { name: {{ randAlphaNum 9 | lower }} }\n`);
    expect(await problemsOf(broken("random", {}))).to.deep.equal([
      "the chart renders other objects each time, so every update would change the release",
    ]);
    await push("strict", `{{ fail "replicas must be odd" }}`);
    const [problem = "", ...others] = await problemsOf(broken("strict", {}));
    expect(problem).to.match(/^the chart rejects the values: .*replicas must be odd/);
    expect(others).to.deep.equal([]);
  });

  it("says that a chart was not checked if no registry answers, or if it does not have the chart", async () => {
    const reasonOf = async (release: PlannedRelease) => {
      const verdict = await verifyRelease(release, tools);
      return verdict.kind === "not checked" ? verdict.reason : "checked";
    };
    expect(await reasonOf({ ...prods, chart: "oci://127.0.0.1:1/kyverno" })).to.contain("connection refused");
    expect(await reasonOf(broken("nowhere", {}))).to.match(/not found|NAME_UNKNOWN/i);
  });
});

async function portOf(registry: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let output = "";
    registry.stderr?.on("data", (data: Buffer) => {
      output += data.toString();
      const port = /serving on (?:port|.*:)\s*(\d+)/i.exec(output)?.[1];
      if (port !== undefined) resolve(port);
    });
    registry.on("close", () => reject(new Error(`crane ended: ${output}`)));
  });
}
