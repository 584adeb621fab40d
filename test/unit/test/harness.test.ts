import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { find, inventory, KUBECONFIG, mockPassword, record, type Recording } from "../../harness.ts";
import { isSecret, plainTextsIn, redact, reveal, secretsIn } from "../../secrets.ts";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

const password = () => new random.RandomPassword("p", { length: 20 });
const configMap = (name: string, value: pulumi.Input<string>, opts?: pulumi.CustomResourceOptions) =>
  new kubernetes.core.v1.ConfigMap(name, { data: { value } }, opts);

class Unknown extends pulumi.CustomResource {}

async function errorOf(program: () => unknown): Promise<string> {
  try {
    await record(program);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

describe("the test harness", () => {
  it("rejects a provider call without a mock", async () =>
    expect(await errorOf(() => pulumi.runtime.invoke("x:index:y", {}))).to.equal(
      "the program called x:index:y, which no test mocks",
    ));

  it("rejects an unknown type", async () =>
    expect(await errorOf(() => new Unknown("x:index:Y", "n", {}))).to.match(
      /^x:index:Y "n": .* does not know/,
    ));

  it("reports what the program throws", async () =>
    expect(
      await errorOf(() => {
        throw new Error("at once");
      }),
    ).to.equal("at once"));

  it("reports an Output that fails, although it only leaves a resource out", async () =>
    expect(await errorOf(() => configMap("a", pulumi.output(Promise.reject(new Error("later")))))).to.include(
      "later",
    ));

  it("marks passwords as secret, with the requested length, the same in every run", async () => {
    const recording = await record(() => configMap("a", password().result));
    const [found] = secretsIn(find(recording, CONFIG_MAP, "a").inputs);
    expect(found).to.deep.equal({ path: "data.value", value: mockPassword("p", 20) });
    expect(mockPassword("p", 20)).to.have.length(20);
    expect(mockPassword("p", 20)).to.not.equal(mockPassword("q", 20));
  });

  it("marks bcrypt hashes as secret", async () => {
    const recording = await record(() => configMap("a", password().bcryptHash));
    expect(isSecret((find(recording, CONFIG_MAP, "a").inputs["data"] as { value: unknown }).value)).to.equal(
      true,
    );
  });

  it("uses the passwords of a test", async () => {
    const recording = await record(() => configMap("a", password().result), { passwords: { p: "given" } });
    expect(secretsIn(find(recording, CONFIG_MAP, "a").inputs).map(({ value }) => value)).to.deep.equal([
      "given",
    ]);
  });

  it("records parents, options and dependencies", async () => {
    const recording = await record(() => {
      const parent = new pulumi.ComponentResource("llm-platform:x:Y", "parent", {});
      const first = configMap("first", "1", { parent, protect: true, retainOnDelete: true });
      configMap("second", "2", { parent, dependsOn: [first], ignoreChanges: ["data"] });
    });
    const [parent, first, second] = [
      find(recording, "llm-platform:x:Y", "parent"),
      find(recording, CONFIG_MAP, "first"),
      find(recording, CONFIG_MAP, "second"),
    ];
    expect(parent).to.deep.include({ custom: false, protect: false, provider: "" });
    expect(first).to.deep.include({
      parent: parent.urn,
      protect: true,
      retainOnDelete: true,
      ignoreChanges: [],
    });
    expect(second).to.deep.include({
      parent: parent.urn,
      protect: false,
      retainOnDelete: false,
      ignoreChanges: ["data"],
      dependencies: [first.urn],
    });
  });

  it("gives names to objects without one: other contents, another name, where the object is immutable", async () => {
    const ids = async (immutable: boolean, value: string) => {
      const recording = await record(
        () =>
          new kubernetes.core.v1.Secret("s", {
            immutable,
            stringData: { value },
            metadata: { namespace: "n" },
          }),
      );
      return find(recording, "kubernetes:core/v1:Secret", "s").id;
    };
    expect(await ids(true, "a")).to.match(/^n\/s-[0-9a-f]{8}$/);
    expect(await ids(true, "a")).to.equal(await ids(true, "a"));
    expect(await ids(true, "a")).to.not.equal(await ids(true, "b"));
    expect(await ids(false, "a")).to.equal(await ids(false, "b"));
  });

  it("keeps runs apart: resources, configuration, environment", async () => {
    const read = () => ({
      config: pulumi.runtime.allConfig(),
      kubeconfig: process.env["KUBECONFIG"],
      home: process.env["HOME"],
      extra: process.env["EXTRA"],
    });
    const before = { ...process.env };
    let seen: unknown[] = [];
    const program = () => (seen = [...seen, read()]);
    await record(() => (configMap("a", "1"), program()), { config: { "x:y": "1" }, env: { EXTRA: "1" } });
    const second = await record(program);
    const common = { kubeconfig: KUBECONFIG, home: KUBECONFIG.replace(/\/[^/]*$/, "") };
    expect(seen).to.deep.equal([
      { ...common, config: { "x:y": "1" }, extra: "1" },
      { ...common, config: {}, extra: undefined },
    ]);
    expect(second.resources).to.deep.equal([]);
    expect(process.env).to.deep.equal(before);
  });

  it("removes the machine's settings while the program runs", async () => {
    process.env["PULUMI_K8S_DELETE_UNREACHABLE"] = "true";
    try {
      const recording = await record(() => new kubernetes.Provider("p", {}));
      expect(find(recording, "pulumi:providers:kubernetes", "p").inputs).to.deep.equal({
        kubeconfig: KUBECONFIG,
      });
    } finally {
      Reflect.deleteProperty(process.env, "PULUMI_K8S_DELETE_UNREACHABLE");
    }
  });

  it("records what a program returns as the stack's outputs", async () => {
    const { outputs } = await record(() => ({ plain: "a", hidden: pulumi.secret("b") }));
    expect(redact(outputs)).to.deep.equal({ plain: "a", hidden: "[secret]" });
    expect(reveal(outputs)).to.deep.equal({ plain: "a", hidden: "b" });
  });

  describe("find", () => {
    let recording: Recording;
    before(async () => {
      recording = await record(() => [configMap("a", "1"), configMap("b", "1"), password()]);
    });

    it("finds exactly one", () => expect(find(recording, PASSWORD, "p").name).to.equal("p"));
    it("lists the existing names", () =>
      expect(() => find(recording, CONFIG_MAP, "c")).to.throw(
        `0 resources ${CONFIG_MAP} "c"; there are: a, b`,
      ));
    it("lists the existing types", () =>
      expect(() => find(recording, "x:y:Z", "a")).to.throw(
        `no resource has that type; types: ${[...new Set(recording.resources.map(({ type }) => type))].join(", ")}`,
      ));
    it("refuses two", () =>
      expect(() =>
        find({ ...recording, resources: [...recording.resources, ...recording.resources] }, PASSWORD, "p"),
      ).to.throw(/^2 resources/));
    it("lists all", () =>
      expect(inventory(recording)).to.deep.equal([`${CONFIG_MAP} a`, `${CONFIG_MAP} b`, `${PASSWORD} p`]));
  });

  describe("secrets in recorded values", () => {
    let inputs: unknown;
    before(async () => {
      const recording = await record(
        () =>
          new kubernetes.core.v1.ConfigMap("a", {
            data: { hidden: pulumi.secret("x"), plain: "y" },
            binaryData: pulumi.secret({ inside: "z" }),
          }),
      );
      const { data, binaryData } = find(recording, CONFIG_MAP, "a").inputs;
      inputs = { data, binaryData };
    });

    it("are revealed", () =>
      expect(reveal(inputs)).to.deep.equal({
        data: { hidden: "x", plain: "y" },
        binaryData: { inside: "z" },
      }));
    it("are redacted, their keys kept", () =>
      expect(redact(inputs)).to.deep.equal({
        data: { hidden: "[secret]", plain: "y" },
        binaryData: { inside: "[secret]" },
      }));
    it("are listed", () =>
      expect(secretsIn(inputs)).to.have.deep.members([
        { path: "data.hidden", value: "x" },
        { path: "binaryData", value: { inside: "z" } },
      ]));
    it("are no plain texts", () =>
      expect(plainTextsIn(inputs).map(({ text }) => text)).to.have.members([
        "data",
        "hidden",
        "plain",
        "y",
        "binaryData",
      ]));
  });
});
