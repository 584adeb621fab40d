import { plannedReleases, type PlannedRelease } from "../charts/releases.ts";
import { type ChartTools, type Verdict, verifyRelease } from "../charts/verify.ts";
import { committedConfig } from "../../stacks/docs/committed-config.ts";
import { ensureTools } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./errors.ts";

const API_SERVER = { cidrs: ["192.0.2.10/32"] };
const onePassword = (mode: "service-account" | "connect") => ({
  onepassword: {
    mode,
    token: "openrouterApiKey",
    ...(mode === "connect" ? { credentials: "openrouterApiKey" } : {}),
    apiServer: API_SERVER,
  },
});

/** The committed stacks with Helm releases, and what no committed stack installs. */
const STACKS: Readonly<Record<string, () => ReturnType<typeof committedConfig>>> = {
  prod: () => committedConfig("prod"),
  "prod with csi-driver-nfs": () =>
    committedConfig("prod", {
      features: { storage: true },
      storage: { server: "nas.example.org", share: "/volume1", driver: { install: true } },
    }),
  "prod with 1Password": () =>
    committedConfig("prod", { features: { onepassword: true }, ...onePassword("service-account") }),
  "prod with 1Password Connect": () =>
    committedConfig("prod", { features: { onepassword: true }, ...onePassword("connect") }),
};

/**
 * Pulls every pinned chart, renders it with the values of each stack, and checks the result. A chart whose registry does
 * not answer is not checked, which is not a success.
 */
export async function verifyCharts({ report, environment }: Context): Promise<number> {
  const { helm, kyvernoCli } = await ensureTools(["helm", "kyverno"], report, environment);
  const tools: ChartTools = { helm, kyvernoCli, environment };
  const verdicts: Verdict[] = [];
  const seen = new Set<string>();
  for (const [stack, config] of Object.entries(STACKS)) {
    for (const release of await plannedReleases(config())) {
      // Several stacks have the same release.
      const same = JSON.stringify(release);
      if (seen.has(same)) continue;
      seen.add(same);
      report.status(`checking ${nameOf(release)} for ${stack}`);
      const verdict = await verifyRelease(release, tools);
      verdicts.push(verdict);
      process.stdout.write(`${lineOf(stack, release, verdict)}\n`);
    }
  }
  const { code, text } = resultOf(verdicts);
  process.stdout.write(`\n${text}\n`);
  return code;
}

const nameOf = ({ name, chart, version }: PlannedRelease): string => `${name} (${chart} ${version})`;

function lineOf(stack: string, release: PlannedRelease, verdict: Verdict): string {
  const what = `${nameOf(release)} for ${stack}`;
  if (verdict.kind === "not checked") return `not checked: ${what}: ${verdict.reason}`;
  if (verdict.problems.length === 0) return `ok: ${what}`;
  return [`failed: ${what}`, ...verdict.problems.map((problem) => `  ${problem}`)].join("\n");
}

/** The exit code and the last line. A problem is more important than a chart that was not checked. */
export function resultOf(verdicts: readonly Verdict[]): { readonly code: number; readonly text: string } {
  const failed = verdicts.filter(
    (verdict) => verdict.kind === "checked" && verdict.problems.length > 0,
  ).length;
  const missing = verdicts.filter(({ kind }) => kind === "not checked").length;
  const text = `${verdicts.length - failed - missing} releases are ok, ${failed} failed, ${missing} were not checked`;
  if (failed > 0) return { code: exitCodes.failed, text };
  return { code: missing > 0 ? exitCodes.notChecked : exitCodes.done, text };
}
