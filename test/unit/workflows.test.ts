import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import { installsWithScripts, workflowProblems } from "../workflows.ts";

const folder = join(checkout, ".github", "workflows");
const read = (file: string): string => readFileSync(join(checkout, file), "utf8");

describe("the GitHub workflows", () => {
  const files = readdirSync(folder);

  it("are all read", () => expect(files).to.include.members(["ci.yml", "preview.yml"]));

  for (const file of files) {
    it(`${file} gives no more than it has to`, () =>
      expect(workflowProblems(readFileSync(join(folder, file), "utf8"))).to.deep.equal([]));
  }

  const preview = readFileSync(join(folder, "preview.yml"), "utf8");
  for (const [what, from, to, problem] of [
    ["a tag", /@[0-9a-f]{40} # v7.0.1/, "@v7", /uses actions\/checkout@v7, not a commit/],
    ["a branch's trigger", "on: pull_request", "on: pull_request_target", /started by pull_request_target/],
    ["a run of another's run", "on: pull_request", "on: [workflow_run]", /started by/],
    ["rights for all jobs", "contents: read", "contents: write", /may do more than read/],
    ["a secret for all", "jobs:", "env: { TOKEN: '${{ secrets.TOKEN }}' }\njobs:", /^has a secret outside/],
    [
      "a secret for a job",
      "    steps:",
      "    env: { T: '${{ secrets.T }}' }\n    steps:",
      /preview has a secret/,
    ],
    ["a secret in a script", "umask 077", "echo ${{ secrets.T }}", /writes a secret into a script/],
    ["an expression in a script", "umask 077", "echo ${{ github.head_ref }}", /writes an expression/],
    ["a secret with npm", "umask 077", "npm ci --ignore-scripts", /installs packages beside a secret/],
    ["no environment", "    environment: preview\n", "", /without an environment/],
    ["forks", "head.repo.full_name == github.repository", "draft == false", /on branches of others/],
    [
      "a checkout that may write",
      "    steps:",
      "    permissions:\n      contents: write\n    steps:",
      /may write/,
    ],
    ["kept credentials", "persist-credentials: false", "fetch-depth: 1", /keeps the credentials/],
    ["scripts of packages", "npm ci --ignore-scripts", "npm ci", /lets packages run scripts: npm ci/],
  ] as const) {
    it(`are not let through with ${what}`, () => {
      const broken = preview.replace(from, to);
      expect(broken).not.to.equal(preview);
      expect(
        workflowProblems(broken).some((found) => problem.test(found)),
        String(problem),
      ).to.equal(true);
    });
  }
});

describe("npm", () => {
  it("lets no package run a script while it is installed, whatever the user's configuration says", () => {
    for (const file of [".npmrc", "sandbox/node/.npmrc"])
      expect(read(file).split("\n"), file).to.include("ignore-scripts=true");
    expect(installsWithScripts(read("sandbox/commands/with-node.sh"))).to.deep.equal([]);
    expect(installsWithScripts("npm ci --prefix x && npm install")).to.deep.equal([
      "npm ci --prefix x",
      "npm install",
    ]);
  });
});
