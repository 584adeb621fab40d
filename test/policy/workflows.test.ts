import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureZizmor, zizmorNeeds } from "../../sandbox/tools/zizmor.ts";

describe("the GitHub workflows, by zizmor", function () {
  this.timeout("1m");
  const folder = join(checkout, ".github", "workflows");
  let zizmor: string;

  before(zizmorNeeds, async function () {
    const found = await ensureZizmor(createReport());
    if (found === undefined) return this.skip();
    zizmor = found;
  });

  /** The audits that found something, with what they are strict about. It asks no other machine. */
  const audit = async (path: string): Promise<string[]> => {
    const options = ["--offline", "--no-exit-codes", "--no-ignores", "--persona=pedantic", "--format=json"];
    const { stdout } = await promisify(execFile)(zizmor, [...options, path]);
    return [...new Set((JSON.parse(stdout) as { ident: string }[]).map(({ ident }) => ident))];
  };

  it("have no finding", async () => expect(await audit(folder)).to.deep.equal([]));

  it("have findings if they are broken", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "workflows-"));
    try {
      const file = join(scratch, "broken.yml");
      const preview = readFileSync(join(folder, "preview.yml"), "utf8");
      for (const [from, to, finding] of [
        [/@[0-9a-f]{40} # v7.0.1/, "@v7", "unpinned-uses"],
        ["on: pull_request", "on: pull_request_target", "dangerous-triggers"],
        ["persist-credentials: false", "fetch-depth: 1", "artipacked"],
        ["umask 077", "echo ${{ github.head_ref }}", "template-injection"],
        ["contents: read", "contents: write", "excessive-permissions"],
      ] as const) {
        writeFileSync(file, preview.replace(from, to));
        expect(await audit(file), finding).to.include(finding);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
