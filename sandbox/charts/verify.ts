// Pulls a chart, renders it with the values of a release, and checks the result.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { capture } from "../commands/run.ts";
import { lastLines } from "../redact/output.ts";
import {
  changed,
  databaseProblems,
  leavesOf,
  podsOf,
  type Rendered,
  type RenderedPods,
  secretProblems,
  selectionProblems,
  without,
} from "./checks.ts";
import type { PlannedRelease } from "./releases.ts";

export interface ChartTools {
  readonly helm: string;
  readonly kyvernoCli: string;
  readonly environment: NodeJS.ProcessEnv;
  /** More flags of `helm pull`, such as `--plain-http`. */
  readonly pullFlags?: readonly string[];
}

/** The result for one release. */
export type Verdict =
  | { readonly kind: "checked"; readonly problems: readonly string[] }
  | { readonly kind: "not checked"; readonly reason: string };

export async function verifyRelease(release: PlannedRelease, tools: ChartTools): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "verify-charts-"));
  try {
    const pulled = await pull(release, folder, tools);
    if ("reason" in pulled) return { kind: "not checked", reason: pulled.reason };
    return { kind: "checked", problems: await problemsOf(release, pulled.archive, folder, tools) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function pull(
  { chart, version, repository }: PlannedRelease,
  folder: string,
  { helm, environment, pullFlags = [] }: ChartTools,
): Promise<{ readonly archive: string } | { readonly reason: string }> {
  const source = repository === undefined ? [chart] : [chart, "--repo", repository];
  const args = ["pull", ...source, "--version", version, "--destination", folder, ...pullFlags];
  const { code, stderr } = await capture(helm, args, { env: environment });
  if (code !== 0) return { reason: /^Error: (.*)/m.exec(stderr)?.[1] ?? `helm pull exited with ${code}` };
  const archive = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  return archive === undefined ? { reason: "helm pull wrote no chart" } : { archive: join(folder, archive) };
}

async function problemsOf(
  release: PlannedRelease,
  archive: string,
  folder: string,
  tools: ChartTools,
): Promise<string[]> {
  const render = (values: unknown) => template(release, archive, values, tools);
  const first = await render(release.values);
  if ("failure" in first) return [`the chart rejects the values: ${first.failure}`];
  const again = await render(release.values);
  if (!("text" in again) || again.text !== first.text)
    return ["the chart renders other objects each time, so every update would change the release"];
  const documents = parseAllDocuments(first.text).map((document) => document.toJS() as Rendered | null);
  const pods = podsOf(documents.filter((document) => document !== null));
  return [
    ...(pods.length === 0 ? ["the chart renders no pods"] : []),
    ...secretProblems(release.values),
    ...databaseProblems(pods),
    ...(release.openings === undefined ? [] : selectionProblems(pods, release.openings)),
    ...(release.restricted ? await podSecurityProblems(pods, folder, tools) : []),
    ...(await inertKeys(release.values, first.text, render)),
  ];
}

type Rendering = { readonly text: string } | { readonly failure: string };

async function template(
  { name, namespace }: PlannedRelease,
  archive: string,
  values: unknown,
  { helm, environment }: ChartTools,
): Promise<Rendering> {
  // The values are no secrets here (releases.ts).
  const file = `${archive}.values.yaml`;
  writeFileSync(file, JSON.stringify(values));
  const args = ["template", name, archive, "--namespace", namespace, "--values", file];
  const { code, stdout, stderr } = await capture(helm, args, { env: environment });
  if (code === 0) return { text: stdout };
  // Advice follows the line with the error.
  return { failure: /^Error: (.*)/m.exec(stderr)?.[1] ?? `helm exited with ${code}` };
}

/** A key has an effect if the chart renders something else without it, or with another value. */
async function inertKeys(
  values: unknown,
  text: string,
  render: (values: unknown) => Promise<Rendering>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { path } of leavesOf(values)) {
    const others = [without(values, path), changed(values, path)];
    let hasEffect = false;
    for (const other of others) {
      const rendering = await render(other);
      hasEffect ||= "failure" in rendering || rendering.text !== text;
      if (hasEffect) break;
    }
    if (!hasEffect) problems.push(`the key ${path.join(".")} has no effect`);
  }
  return problems;
}

/** Kyverno's command line tool judges them with the library of the API server. */
const RESTRICTED = {
  apiVersion: "kyverno.io/v1",
  kind: "ClusterPolicy",
  metadata: { name: "restricted" },
  spec: {
    rules: [
      {
        name: "restricted",
        match: { any: [{ resources: { kinds: ["Pod"] } }] },
        validate: { failureAction: "Enforce", podSecurity: { level: "restricted", version: "latest" } },
      },
    ],
  },
};

async function podSecurityProblems(
  pods: readonly RenderedPods[],
  folder: string,
  { kyvernoCli, environment }: ChartTools,
): Promise<string[]> {
  const [policy, objects] = [join(folder, "policy.yaml"), join(folder, "pods.yaml")];
  const named = pods.map(({ spec }, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pods-${index}`, namespace: "verified" },
    spec,
  }));
  writeFileSync(policy, stringify(RESTRICTED));
  writeFileSync(objects, named.map((pod) => `---\n${stringify(pod)}`).join(""));
  const { stdout, stderr } = await capture(kyvernoCli, ["apply", policy, "--resource", objects], {
    env: environment,
  });
  const summary = /^pass: (\d+), fail: (\d+), warn: 0, error: 0, skip: 0/m.exec(stdout);
  const [passed, failed] = [Number(summary?.[1]), Number(summary?.[2])];
  if (passed + failed !== pods.length)
    return [`Pod Security could not be checked: ${lastLines(stdout + stderr, 1)[0] ?? "no output"}`];
  return pods.flatMap(({ owner }, index) => {
    const marker = new RegExp(String.raw`verified/Pod/pods-${index} failed:\s+1 - restricted (.*)`);
    const reason = marker.exec(stdout)?.[1];
    return reason === undefined ? [] : [`Pod Security restricted rejects the pods of ${owner}: ${reason}`];
  });
}
