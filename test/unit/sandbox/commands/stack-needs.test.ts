// What a stack's configuration asks of the sandbox, held against what the program makes of it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { stackNeeds } from "../../../../sandbox/commands/stack-needs.ts";
import { simulatedOverlay } from "../../../../sandbox/cluster/overlay.ts";
import { withOverlay } from "../../../../sandbox/commands/stack-config.ts";
import { hasRelease, readStackFile } from "../../../../sandbox/commands/stack-state.ts";
import { checkout, statePaths } from "../../../../sandbox/paths.ts";
import { usesCharts } from "../../../../stacks/plan.ts";
import { ofType } from "../../../harness.ts";
import { platformConfig, runStack, type Settings } from "../../../program.ts";
import { STACKS, VARIANTS } from "../../../variants.ts";

const CHARTS: Readonly<Record<string, Settings>> = {
  "the gateway's chart": { "gateway.delivery": "helm" },
  "Phoenix's chart": { "tracing.delivery": "helm" },
  "the gateway's chart, with the gateway off": {
    "gateway.delivery": "helm",
    "features.gateway": false,
    "features.chat": false,
    "features.kueue": false,
    tenants: {},
  },
  "the operator of CloudNativePG": {
    "postgres.mode": "cloudnativepg",
    "postgres.cluster.apiServer.cidrs": ["192.0.2.10/32"],
  },
  "an existing CloudNativePG operator": {
    "postgres.mode": "cloudnativepg",
    "postgres.cluster.apiServer.cidrs": ["192.0.2.10/32"],
    "postgres.cluster.operator.install": false,
  },
  Kyverno: {
    "features.security": true,
    "security.engine": "kyverno",
    "security.kyverno.apiServer.cidrs": ["192.0.2.10/32"],
  },
  "Kyverno, where it is not the engine": { "features.security": true },
  "the NFS driver": {
    "features.storage": true,
    "storage.server": "nas.example.org",
    "storage.share": "/volume1/k8s",
    "storage.driver.install": true,
  },
};

describe("usesCharts", () => {
  const cases = [
    ...[...STACKS, ...VARIANTS],
    ...Object.entries(CHARTS).map(([name, settings]) => ({ name, stack: "dev", settings })),
  ];
  for (const { name, stack, settings } of cases) {
    it(`shows whether the program creates a release: ${name}`, async () => {
      const releases = ofType(await runStack(stack, settings), "kubernetes:helm.sh/v3:Release");
      expect(usesCharts(platformConfig(stack, settings))).to.equal(releases.length > 0);
    });
  }
});

const overlay = simulatedOverlay("/sandbox");

describe("stackNeeds", () => {
  const needs = (config: Record<string, unknown>) => stackNeeds("p", { config });
  const NOTHING = { helm: false, cloudNativePg: false, kyverno: false, kueue: false, replacedCharts: [] };

  it("are nothing by default", () => expect(needs({})).to.deep.equal(NOTHING));

  it("are helm and the definitions with CloudNativePG, and without its operator only the definitions", () => {
    const mode = { mode: "cloudnativepg" };
    expect(needs({ "p:postgres": mode })).to.deep.equal({ ...NOTHING, helm: true, cloudNativePg: true });
    const { config = {} } = withOverlay({ config: { "p:postgres": mode } }, "p", overlay);
    expect(needs({ ...config })).to.deep.equal({ ...NOTHING, cloudNativePg: true });
  });

  it("are Kueue with its queues", () =>
    expect(needs({ "p:features": { kueue: true } })).to.deep.equal({ ...NOTHING, kueue: true }));

  it("do not come from a feature that is off", () =>
    expect(
      needs({ "p:postgres": { mode: "cloudnativepg" }, "p:features": { postgres: false } }),
    ).to.deep.equal(NOTHING));

  it("are read from a section that was set as a text", () =>
    expect(needs({ "p:gateway": '{ "delivery": "helm" }' })).to.include({ helm: true }));

  it("are empty for an invalid configuration, which the program reports", () =>
    expect(needs({ "p:gateway": { delivery: "helm", replicas: 0 } })).to.deep.equal(NOTHING));

  it("leave keys of others and secrets aside", () =>
    expect(
      needs({ "p:gateway": { delivery: "helm" }, "p:someKey": { secure: "v1:x" }, "aws:region": "here" }),
    ).to.deep.equal({ ...NOTHING, helm: true }));

  it("of prod in the simulated sandbox are the definitions, Kyverno's own chart, and two that are replaced", () => {
    const file = readStackFile(join(checkout, "Pulumi.prod.yaml"));
    const wanted = { ...NOTHING, helm: true, cloudNativePg: true, kyverno: true };
    expect(stackNeeds("llm-platform", file)).to.deep.equal(wanted);
    const overlaid = withOverlay(file, "llm-platform", overlay);
    const replacedCharts = ["LiteLLM", "Phoenix"];
    expect(stackNeeds("llm-platform", overlaid)).to.deep.equal({ ...wanted, replacedCharts });
  });
});

describe("the overlay of the simulated sandbox", () => {
  it("is exactly what is not available there", () =>
    expect(overlay).to.deep.equal({
      network: { enforcer: "simulated", probe: false },
      postgres: { cluster: { operator: { install: false }, apiServer: { cidrs: ["127.0.0.1/32"] } } },
      security: {
        kyverno: { chart: "/sandbox/charts/kyverno-3.9.1", apiServer: { cidrs: ["127.0.0.1/32"] } },
      },
      gateway: { chart: { source: join(checkout, "sandbox/charts/litellm") } },
      tracing: { chart: { source: join(checkout, "sandbox/charts/phoenix") } },
    }));
});

describe("hasRelease", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stack-needs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("shows whether the state has a release, which helm must read and remove", () => {
    const context = { paths: statePaths(folder), stack: "dev" };
    expect(hasRelease(context)).to.equal(false);
    const states = join(context.paths.pulumiState, ".pulumi", "stacks", "llm-platform");
    mkdirSync(states, { recursive: true });
    for (const [type, wanted] of [
      ["kubernetes:core/v1:Secret", false],
      ["kubernetes:helm.sh/v3:Release", true],
    ] as const) {
      writeFileSync(
        join(states, "dev.json"),
        JSON.stringify({ checkpoint: { latest: { resources: [{ type }] } } }),
      );
      expect(hasRelease(context), type).to.equal(wanted);
    }
  });
});
