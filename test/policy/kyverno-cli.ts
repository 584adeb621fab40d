// Kyverno's command line tool: it judges files, without an API server.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest, User } from "./admission-corpus/index.ts";

/** What becomes of an object under one policy. */
export interface Verdict {
  readonly policy: string;
  readonly result: "pass" | "fail" | "error" | "warn" | "skip";
  readonly message: string;
}

export interface CliQuestion {
  readonly policies: readonly object[];
  /** Each as if it were created; the tool knows no update. */
  readonly objects: readonly Manifest[];
  readonly namespaces: readonly Manifest[];
  readonly user: User;
}

interface Report {
  readonly results?: readonly (Verdict & {
    readonly resources: readonly { readonly kind: string; readonly name: string }[];
  })[];
}

/** The verdicts on each object, in their order: one of each policy that selects it. */
export async function judgeByCli(program: string, question: CliQuestion): Promise<Verdict[][]> {
  const { policies, objects, namespaces, user } = question;
  const folder = mkdtempSync(join(tmpdir(), "kyverno-cli-"));
  const write = (name: string, documents: readonly object[]): string => {
    const file = join(folder, name);
    writeFileSync(file, documents.map((document) => JSON.stringify(document)).join("\n---\n"));
    return file;
  };
  const ofCli = (kind: string, fields: object) => ({
    apiVersion: "cli.kyverno.io/v1alpha1",
    kind,
    metadata: { name: "corpus" },
    ...fields,
  });
  const labels = namespaces.map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }));
  // Without the labels a policy selects nothing, without an error (docs/references.md#kyverno-cli).
  const values = write("values.yaml", [ofCli("Value", { namespaceSelector: labels, namespaces })]);
  const userInfo = { username: user.name, groups: user.groups };
  try {
    const text = await run(program, [
      "apply",
      write("policies.yaml", policies),
      `--resource=${write("objects.yaml", objects)}`,
      `--values-file=${values}`,
      `--userinfo=${write("user.yaml", [ofCli("UserInfo", { userInfo })])}`,
      "--policy-report",
      "--output-format=json",
    ]);
    const { results = [] } = JSON.parse(text) as Report;
    return objects.map(({ kind, metadata }) =>
      results.filter(({ resources }) =>
        resources.some((resource) => resource.kind === kind && resource.name === metadata.name),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it printed, whether all passes (0) or not (1); no report is an error. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((settle, refuse) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    child.on("error", refuse);
    child.on("close", (code) => {
      // Warnings come before the report, in the same stream.
      const report = out.slice(Math.max(out.search(/^\{/m), 0));
      if (code !== null && code <= 1 && report.startsWith("{")) settle(report);
      else refuse(new Error(`${program} ended with ${String(code)}: ${complaints.slice(-2000)}`));
    });
  });
}
