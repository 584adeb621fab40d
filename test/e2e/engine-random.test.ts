import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineProject, finished, printed } from "./engine-project.ts";

const NOTICE = "sandbox stand-ins at work: nodejs language host, random, kubernetes";

interface Settings {
  readonly password?: string;
  readonly more?: string;
}

/** A password inside a component, and an identifier beside it. */
function program({ password = "length: 24, special: false", more = "" }: Settings = {}): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

class Login extends pulumi.ComponentResource {
  readonly password: random.RandomPassword;
  constructor(name: string) {
    super("test:index:Login", name);
    this.password = new random.RandomPassword(\`\${name}-password\`, { ${password} }, { parent: this });
    this.registerOutputs();
  }
}
const login = new Login("login");
export const password = login.password.result;
export const hash = login.password.bcryptHash;
export const derived = pulumi.interpolate\`postgres://user:\${login.password.result}@host\`;
export const id = new random.RandomId("id", { byteLength: 8, prefix: "p-" }).hex;
${more}
`;
}

describe("engine: the random stand-in under the real Pulumi CLI", function () {
  this.timeout(120_000);
  let project: EngineProject;
  /** The value that each test may count on, as drawn by the last change. */
  let password: unknown;

  before(async function () {
    this.timeout(900_000); // The CLI may have to be built.
    project = await EngineProject.create();
  });
  after(() => project.dispose());
  afterEach(async () => project.noProcesses());

  const up = async (...flags: string[]) => project.run("up", "--yes", "--skip-preview", ...flags);
  const unchanged = async () => {
    const { code, output } = await up("--expect-no-changes");
    expect(code, output).to.equal(0);
    expect(await project.output("password")).to.equal(password);
  };
  /** Runs the program, expects success and a new value of the password. */
  const replaced = async (settings: Settings) => {
    project.program(program(settings));
    const { code, output } = await up();
    expect(code, output).to.equal(0);
    expect(output).to.include("1 replaced");
    const before = password;
    password = await project.output("password");
    expect(password).not.to.equal(before);
  };
  const exported = async () => (await project.run("stack", "export")).stdout;

  it("previews with unknown values, and reports once that stand-ins are used", async () => {
    project.program(program());
    const { code, output } = await project.run("preview", "--json");
    expect(code, output).to.equal(0);
    const { steps } = JSON.parse(output) as {
      steps: { op: string; urn: string; newState: { inputs?: object } }[];
    };
    const step = steps.find(({ urn }) => urn.endsWith("login-password"));
    expect(step?.op).to.equal("create");
    expect(step?.newState.inputs).to.deep.equal({ length: 24, special: false });

    const shown = await project.run("preview");
    expect(shown.output).to.match(/id +: \[unknown]/);
    const diagnostics = shown.output.slice(shown.output.indexOf("Diagnostics:"));
    expect(diagnostics.split(NOTICE)).to.have.length(2);
    expect(shown.output).not.to.include("warning");
  });

  it("generates the values in up", async () => {
    const { code, output } = await up();
    expect(code, output).to.equal(0);
    password = await project.output("password");
    expect(password).to.match(/^[A-Za-z0-9]{24}$/);
    expect(await project.output("id")).to.match(/^p-[0-9a-f]{16}$/);
    expect(output).not.to.include(password);
  });

  it("stores the value and everything derived from it encrypted in the state", async () => {
    const secret = String(password);
    const hash = String(await project.output("hash"));
    expect(hash).to.match(/^\$2[aby]\$10\$/);
    const file = join(project.folder, "state/.pulumi/stacks/engine-test/dev.json");
    for (const state of [await exported(), readFileSync(file, "utf8")]) {
      expect(state).to.include("login-password");
      for (const value of [secret, Buffer.from(secret).toString("base64"), hash])
        expect(state).not.to.include(value);
    }
  });

  it("generates no new value if nothing changes", async () => {
    await unchanged();
    const refreshed = await project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    expect(refreshed.code, refreshed.output).to.equal(0);
    await unchanged();
  });

  it("treats explicit defaults and empty keepers as no change", async () => {
    project.program(
      program({
        password: "length: 24, special: false, upper: true, numeric: true, minLower: 0, keepers: {}",
      }),
    );
    await unchanged();
  });

  it("generates only one new value when its length changes", async () => {
    const id = await project.output("id");
    await replaced({ password: "length: 40, special: false" });
    expect(password).to.match(/^[A-Za-z0-9]{40}$/);
    expect(await project.output("id")).to.equal(id);
  });

  it("generates a new value when a keeper changes, but not when their order changes", async () => {
    await replaced({ password: 'length: 40, special: false, keepers: { a: "1", b: "2" }' });
    await replaced({ password: 'length: 40, special: false, keepers: { a: "1", b: "3" }' });
    project.program(program({ password: 'length: 40, special: false, keepers: { b: "3", a: "1" }' }));
    await unchanged();
  });

  const refused: [what: string, settings: Settings, message: string][] = [
    [
      "an impossible length",
      { password: "length: 3, minUpper: 4" },
      "property length value {3} has a problem: must be at least the sum of",
    ],
    [
      "a type that the stand-in lacks",
      { more: 'new random.RandomPet("pet");' },
      "random:index/randomPet:RandomPet is not supported by the sandbox's stand-in",
    ],
    ["a program that throws", { more: 'throw new Error("on purpose");' }, "Error: on purpose"],
  ];
  for (const [what, settings, message] of refused) {
    it(`stops at ${what} with a clear error, and nothing is lost`, async () => {
      project.program(program(settings));
      const { code, output } = await up();
      expect(code, output).to.equal(1);
      expect(output).to.include(message);
      expect(await project.output("password")).to.equal(password);
    });
  }

  it("adopts a state from an older official provider without a new value", async () => {
    project.program(program({ password: "length: 40, special: false" }));
    expect((await up()).code).to.equal(0);
    password = await project.output("password");
    const state = JSON.parse((await project.run("stack", "export", "--show-secrets")).stdout) as {
      deployment: {
        resources: { urn: string; inputs: Record<string, unknown>; outputs: Record<string, unknown> }[];
      };
    };
    const resource = state.deployment.resources.find(({ urn }) => urn.endsWith("login-password"));
    // As version 4.4 wrote it: `number` only, no hash, and the bridge's own notes.
    Object.assign(resource?.inputs ?? {}, { __defaults: [], number: true });
    Object.assign(resource?.outputs ?? {}, {
      __meta: '{"schema_version":"1"}',
      numeric: undefined,
      bcryptHash: undefined,
    });
    project.write("old-state.json", JSON.stringify(state));
    const imported = await project.run("stack", "import", "--file", "old-state.json");
    expect(imported.code, imported.output).to.equal(0);
    await unchanged();
  });

  it("imports an existing value", async () => {
    const more = `
export const imported = new random.RandomPassword("imported", { length: 11 }, { import: "supersecret" }).result;
export const importedUuid =
  new random.RandomUuid("uuid", {}, { import: "6F9619FF-8B86-D011-B42D-00CF4FC964FF" }).result;`;
    project.program(program({ password: "length: 40, special: false", more }));
    const { code, output } = await up();
    expect(code, output).to.equal(0);
    expect(await project.output("imported")).to.equal("supersecret");
    expect(await project.output("importedUuid")).to.equal("6f9619ff-8b86-d011-b42d-00cf4fc964ff");
    await unchanged();
  });

  // Never ends by itself; the password is registered before.
  const hanging = program({
    password: "length: 40, special: false",
    more: 'console.log("now waiting"); setInterval(() => undefined, 1000); await new Promise(() => undefined);',
  });

  it("leaves no process behind when the CLI is killed, and continues after `pulumi cancel`", async () => {
    project.program(hanging);
    const child = project.start("up", "--yes", "--skip-preview");
    await printed(child, "now waiting");
    expect(
      project
        .processes()
        .map(({ command }) => command)
        .join("\n"),
    ).to.match(/language-host\/main\.ts[^]*cmd\/run/);
    child.kill("SIGKILL");
    await project.noProcesses();
    expect((await project.run("cancel", "--yes")).code).to.equal(0);
    project.program(program({ password: "length: 40, special: false" }));
    expect((await up()).code).to.equal(0);
    await unchanged();
  });

  it("ends cleanly at ^C: the lock is released, and no process stays", async () => {
    project.program(hanging);
    const child = project.start("up", "--yes", "--skip-preview");
    const end = finished(child);
    await printed(child, "now waiting");
    process.kill(-(child.pid ?? expect.fail("no process")), "SIGINT");
    const { code, output } = await end;
    expect(code).not.to.equal(0);
    expect(output).not.to.include("exited prematurely");
    await project.noProcesses();
    project.program(program({ password: "length: 40, special: false" }));
    await unchanged();
  });

  it("destroys everything", async () => {
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).to.equal(0);
    const { deployment } = JSON.parse(await exported()) as { deployment: { resources?: unknown[] } };
    expect(deployment.resources ?? []).to.deep.equal([]);
  });
});
