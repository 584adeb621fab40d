import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { EngineProject } from "../e2e/engine-project.ts";

const GUARD = pathToFileURL(join(import.meta.dirname, "../../components/etcd/member-count.ts")).href;

/** The guard, and a resource that comes after it as the members do. */
function program(members: number): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { memberCountGuard } from ${JSON.stringify(GUARD)};
const guard = memberCountGuard("etcd-members", { namespace: "data", members: ${members} }, {});
new random.RandomId("members", { byteLength: 2, keepers: { members: "${members}" } }, { dependsOn: [guard] });
`;
}

describe("a change of the number of etcd's members, under the real Pulumi CLI", function () {
  this.timeout(120_000);
  let project: EngineProject;

  before(async function () {
    this.timeout(900_000); // The CLI may have to be built.
    project = await EngineProject.create();
  });
  after(() => project.dispose());

  const run = async (members: number, ...command: string[]) => {
    project.program(program(members));
    return project.run(...command);
  };
  const up = ["up", "--yes", "--skip-preview"];
  const state = async () => (await project.run("stack", "export")).stdout;

  it("is accepted if the number is the same", async () => {
    expect(await run(1, ...up)).to.deep.include({ code: 0 });
    expect(await run(1, ...up, "--expect-no-changes")).to.deep.include({ code: 0 });
  });

  it("is rejected in every preview and update, and dependent resources do not change", async () => {
    const members = /"urn": "[^"]*::members",[^]*?"hex": "(\w+)"/;
    const before = members.exec(await state())?.[1];
    expect(before).to.be.a("string");
    for (const command of [["preview"], up, up]) {
      const { code, output } = await run(3, ...command);
      expect(code, output).to.equal(1);
      expect(output.replaceAll(/\s+/g, " ")).to.include(
        "etcd has 1 member(s), and 3 cannot take their place",
      );
    }
    expect(members.exec(await state())?.[1]).to.equal(before);
  });

  it("can be reverted", async () =>
    expect(await run(1, ...up, "--expect-no-changes")).to.deep.include({ code: 0 }));

  it("is possible for a new cluster", async () => {
    project.program("");
    expect(await project.run(...up)).to.deep.include({ code: 0 });
    expect(await run(3, ...up)).to.deep.include({ code: 0 });
  });
});
