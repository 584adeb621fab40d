import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Credential, type CredentialArgs } from "../../components/credential/index.ts";
import { find, inventory, mockPassword, ofType, record, shown } from "../harness.ts";
import { reveal, secretsIn } from "../secrets.ts";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const SECRET = "kubernetes:core/v1:Secret";
const ARGS: CredentialArgs = { application: "app", namespaces: ["one", "two"], key: "password" };

const recordCredential = (args: Partial<CredentialArgs> = {}, opts?: pulumi.ComponentResourceOptions) =>
  record(() => {
    const credential = new Credential("c", { ...ARGS, ...args }, opts);
    return { one: credential.refIn("one") };
  });

describe("Credential", () => {
  it("makes a value, and a Secret in each namespace", async () =>
    expect(inventory(await recordCredential())).to.deep.equal([
      `${SECRET} c-one`,
      `${SECRET} c-two`,
      "llm-platform:foundation:Credential c",
      `${PASSWORD} c-value`,
    ]));

  it("makes 48 letters and digits, which need no escaping (S2.23)", async () =>
    expect(find(await recordCredential(), PASSWORD, "c-value").inputs).to.deep.equal({
      length: 48,
      special: false,
    }));

  it("keeps the value in immutable Secrets without a name of their own", async () => {
    const recording = await recordCredential();
    for (const namespace of ["one", "two"]) {
      const secret = find(recording, SECRET, `c-${namespace}`);
      expect(shown(secret)).to.deep.equal({
        apiVersion: "v1",
        kind: "Secret",
        immutable: true,
        metadata: {
          namespace,
          labels: {
            "app.kubernetes.io/name": "app",
            "app.kubernetes.io/part-of": "llm-platform",
            "app.kubernetes.io/managed-by": "pulumi",
          },
        },
        stringData: { password: "[secret]" },
      });
      expect(reveal(secret.inputs["stringData"])).to.deep.equal({ password: mockPassword("c-value", 48) });
    }
  });

  it("puts the text that an application demands before the value", async () => {
    const recording = await recordCredential({ prefix: "sk-" });
    expect(reveal(find(recording, SECRET, "c-one").inputs["stringData"])).to.deep.equal({
      password: `sk-${mockPassword("c-value", 48)}`,
    });
  });

  it("takes a value instead of making one, and marks it secret if nobody has", async () => {
    const recording = await recordCredential({ source: { kind: "config", value: pulumi.output("given") } });
    expect(ofType(recording, PASSWORD)).to.deep.equal([]);
    expect(secretsIn(find(recording, SECRET, "c-one").inputs)).to.deep.equal([
      { path: "stringData", value: { password: "given" } },
    ]);
  });

  it("hands over a Secret that somebody else keeps, and makes nothing", async () => {
    const source = { kind: "existing", name: "kept", key: "token" } as const;
    const recording = await record(() => ({ ref: new Credential("c", { ...ARGS, source }).refIn("one") }));
    expect(recording.outputs).to.deep.equal({ ref: { name: "kept", key: "token" } });
    expect([...ofType(recording, SECRET), ...ofType(recording, PASSWORD)]).to.deep.equal([]);
  });

  it("hands over the Secret's name and key, which change when the value does", async () => {
    const before = await recordCredential();
    const after = await record(() => ({ one: new Credential("c", ARGS).refIn("one") }), {
      passwords: { "c-value": "another" },
    });
    expect(before.outputs).to.deep.equal({
      one: { name: find(before, SECRET, "c-one").id.slice("one/".length), key: "password" },
    });
    expect(after.outputs).to.not.deep.equal(before.outputs);
  });

  it("tells the names of its Secrets, never the value", async () => {
    const recording = await recordCredential();
    const { outputs } = find(recording, "llm-platform:foundation:Credential", "c");
    expect(outputs).to.deep.equal({
      secretNames: {
        one: find(recording, SECRET, "c-one").id.slice("one/".length),
        two: find(recording, SECRET, "c-two").id.slice("two/".length),
      },
    });
  });

  it("never makes a value again that is written once", async () => {
    expect(
      find(await recordCredential({ writeOnce: true }), PASSWORD, "c-value").ignoreChanges,
    ).to.deep.equal(["*"]);
    expect(find(await recordCredential(), PASSWORD, "c-value").ignoreChanges).to.deep.equal([]);
  });

  it("hands its protection to the value and the Secrets", async () => {
    const { resources } = await recordCredential({}, { protect: true });
    expect(resources.map(({ name, protect }) => [name, protect])).to.have.deep.members(
      ["c", "c-value", "c-one", "c-two"].map((name) => [name, true]),
    );
  });

  it("makes one Secret where a namespace is named twice", async () =>
    expect(ofType(await recordCredential({ namespaces: ["one", "one"] }), SECRET)).to.have.length(1));

  it("has no Secret in another namespace, and says where it has", async () => {
    const error = await record(() => new Credential("c", ARGS).refIn("three")).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).message).to.equal(
      'no Secret in namespace "three"; the credential is in one, two',
    );
  });
});
