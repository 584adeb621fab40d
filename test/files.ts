// Prints the test files of a level that this run has: `mocha $(node test/files.ts e2e)`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeep, sampleOf } from "./depth.ts";

/** A group of files; a run that is not deep takes `count` of them. CONTRIBUTING.md has the reasons. */
interface Group {
  readonly what: string;
  readonly count: number;
  readonly files: readonly string[];
}

/** By level. A file that is in no group is part of every run. */
const GROUPS: Readonly<Record<string, readonly Group[]>> = {
  e2e: [
    {
      what: "test files of the stand-ins for official parts",
      count: 2,
      files: [
        "cluster",
        "cluster-lifecycle",
        "engine-credential",
        "engine-kubernetes",
        "engine-kubernetes-errors",
        "engine-kubernetes-recovery",
        "engine-kubernetes-release",
        "engine-random",
      ],
    },
    {
      what: "test files of single components",
      count: 2,
      files: ["kyverno-release", "litellm-helm", "onepassword-operator", "postgres-cnpg", "workload"],
    },
  ],
  live: [{ what: "test files of single images", count: 0, files: ["images"] }],
};

const level = process.argv[2] ?? "";
const groups = GROUPS[level];
if (groups === undefined) throw new Error(`level "${level}" has no groups of files`);
const folder = join(import.meta.dirname, level);
const all = readdirSync(folder).flatMap((file) => /^(.+)\.test\.ts$/.exec(file)?.[1] ?? []);
const grouped = groups.flatMap(({ files }) => files);
const unknown = grouped.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`${folder} has no test files ${unknown.join(", ")}`);

const chosen = groups.flatMap(({ what, count, files }) =>
  isDeep || count > 0 ? sampleOf(what, files, count, String) : [],
);
const names = [...all.filter((name) => !grouped.includes(name)), ...chosen].sort();
process.stdout.write(`${names.map((name) => join("test", level, `${name}.test.ts`)).join(" ")}\n`);
