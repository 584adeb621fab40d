import { expect } from "chai";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EngineProject } from "./engine-project.ts";
import type { Result } from "./engine-project.ts";

const COMPONENT = pathToFileURL(join(import.meta.dirname, "../../components/core/credential/index.ts")).href;
const REFUSAL =
  'before hook "salt-key-first is written once" failed: its source or value changes, which would lose ' +
  "every provider credential stored in the database. Set it back.";

/** A key that is written once, and a resource that uses the name of its Secret. */
function program(source: string, more = ""): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Credential } from ${JSON.stringify(COMPONENT)};
const credential = new Credential("salt-key", {
  application: "app",
  namespaces: ${source.includes("existing") ? '["one"]' : "[]"},
  key: "key",
  writeOnce: "every provider credential stored in the database",
  source: ${source},
  ${more}
});
${source.includes("existing") ? 'new random.RandomId("user", { byteLength: 2, keepers: { secret: credential.refIn("one").name } });' : ""}
export const hash = credential.bcryptHash;
`;
}

const given = (value: string) => `{ kind: "config", value: pulumi.secret(${JSON.stringify(value)}) }`;
const existing = (name: string) => `{ kind: "existing", name: ${JSON.stringify(name)}, key: "k" }`;

describe("engine: a credential that is written once, under the real Pulumi CLI", function () {
  this.timeout(120_000);
  let project: EngineProject;

  before(async function () {
    this.timeout(900_000); // The CLI may have to be built.
    project = await EngineProject.create();
  });
  after(() => project.dispose());
  afterEach(async () => project.noProcesses());

  const up = async (...flags: string[]) => project.run("up", "--yes", "--skip-preview", ...flags);
  const state = async () => {
    const { deployment } = JSON.parse((await project.run("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources?: { urn: string; inputs: unknown; outputs: Record<string, unknown> }[] };
    };
    return (deployment.resources ?? []).map(({ urn, inputs, outputs }) => ({ urn, inputs, outputs }));
  };
  const works = async (source: string, ...flags: string[]) => {
    project.program(program(source));
    const { code, output } = await up(...flags);
    expect(code, output).to.equal(0);
  };
  /** In preview and in update, again and again; and whatever was there stays as it was. */
  const refused = async (source: string) => {
    const before = await state();
    project.program(program(source));
    const results: Result[] = [await project.run("preview"), await up(), await up()];
    for (const { code, output } of results) {
      expect(code, output).to.equal(1);
      expect(output.replaceAll(/\s+/g, " ")).to.include(REFUSAL);
    }
    expect(await state()).to.deep.include.members(before);
  };
  const generatedValue = async () => {
    const password = (await state()).find(({ urn }) => urn.endsWith("salt-key-value"));
    return JSON.parse((password?.outputs["result"] as { plaintext: string }).plaintext) as string;
  };
  const startOver = async () => {
    await project.run("state", "unprotect", "--all", "--yes");
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).to.equal(0);
  };

  it("is created once and does not change", async () => {
    await works('{ kind: "generated" }');
    expect(await project.output("hash")).to.match(/^\$2[aby]\$10\$/);
    await works('{ kind: "generated" }', "--expect-no-changes");
  });

  it("stores no unencrypted value in the state", async () => {
    const value = await generatedValue();
    const { stdout } = await project.run("stack", "export");
    expect(stdout).to.include("salt-key-first");
    expect(stdout).not.to.include(value);
  });

  it("rejects another value from another source, in preview and update", async () =>
    refused(given("another value")));

  it("rejects a source whose value the program cannot see", async () => refused(existing("kept")));

  it("rejects a value that is unknown before the update", async () =>
    refused('{ kind: "config", value: new random.RandomPassword("another", { length: 9 }).result }'));

  it("accepts the same value from another source", async () => {
    const same = given(await generatedValue());
    await works(same);
    await works(same, "--expect-no-changes");
  });

  it("accepts another value after the steps in the message", async () => {
    await startOver();
    await works(given("one"));
    await refused(given("two"));
    const first = (await state()).find(({ urn }) => urn.endsWith("salt-key-first"))?.urn ?? "";
    expect((await project.run("state", "unprotect", first, "--yes")).code).to.equal(0);
    await works(given("two"), "--replace", first);
    await works(given("two"), "--expect-no-changes");
    await refused(given("one"));
  });

  it("rejects another Secret, and its users do not change", async () => {
    await startOver();
    await works(existing("kept"));
    await refused(existing("another"));
    await works(existing("kept"), "--expect-no-changes");
  });

  it("is protected if it is retained", async () => {
    await startOver();
    project.program(program('{ kind: "generated" }', "retain: true"));
    expect((await up()).code).to.equal(0);
    project.program("");
    const { code, output } = await up();
    expect(code, output).to.equal(1);
    expect(output).to.include("salt-key-first").and.to.include("protected");
  });
});
