import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { checkout } from "../../../sandbox/paths.ts";

const ROOT = checkout;

/** Starts Node as Pulumi does (`nodeargs` of Pulumi.yaml), with the version that it says it has. */
function start(version: string): { status: number | null; stdout: string; stderr: string } {
  const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(pretend)}`,
      "--import=./stacks/require-node.mjs",
      "-e",
      "console.log('ran')",
    ],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("stacks/require-node.mjs", () => {
  for (const version of ["22.17.9", "20.20.2", "9.0.0"]) {
    it(`stops Node ${version}, and reports which version is required and why`, () =>
      expect(start(version)).to.deep.equal({
        status: 1,
        stdout: "",
        stderr:
          `llm-platform needs Node >=22.18, this is ${version}: it runs its TypeScript sources without a build, ` +
          "which older versions cannot. Install a newer Node, or use `make up`.\n",
      }));
  }
  for (const version of ["22.18.0", "24.0.0", "100.1.0"]) {
    it(`accepts Node ${version}`, () =>
      expect(start(version)).to.deep.equal({ status: 0, stdout: "ran\n", stderr: "" }));
  }
});
