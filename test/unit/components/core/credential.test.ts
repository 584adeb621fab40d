import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { CredentialArgs } from "../../../../components/core/credential/args.ts";
import { Credential } from "../../../../components/core/credential/index.ts";
import { createHash } from "node:crypto";
import { generatedWith } from "../../../../components/core/credential/source.ts";
import { refuseChange, unseenValue } from "../../../../components/core/credential/write-once.ts";
import { find, inventory, mockPassword, ofType, record, type Recording, shown } from "../../../harness.ts";
import { isSecret, reveal, secretsIn } from "../../../secrets.ts";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const SECRET = "kubernetes:core/v1:Secret";
const ITEM = "kubernetes:onepassword.com/v1:OnePasswordItem";
const STASH = "pulumi:index:Stash";
const ARGS: CredentialArgs = { application: "app", namespaces: ["one", "two"], key: "password" };
const LOSS = "all chats";

const recordCredential = (args: Partial<CredentialArgs> = {}, opts?: pulumi.ComponentResourceOptions) =>
  record(() => {
    const credential = new Credential("c", { ...ARGS, ...args }, opts);
    return { one: credential.refIn("one") };
  });

/** The warnings during the creation of a credential. */
async function warningsOf(args: Partial<CredentialArgs>): Promise<string[]> {
  const warnings: string[] = [];
  const original = pulumi.log.warn;
  const log = pulumi.log as { warn: typeof original };
  log.warn = (message) => {
    warnings.push(message);
    return Promise.resolve();
  };
  try {
    await recordCredential(args);
  } finally {
    log.warn = original;
  }
  return warnings;
}

describe("Credential", () => {
  it("creates a value, and a Secret in each namespace", async () =>
    expect(inventory(await recordCredential())).to.deep.equal([
      `${SECRET} c-one`,
      `${SECRET} c-two`,
      "llm-platform:foundation:Credential c",
      `${PASSWORD} c-value`,
    ]));

  it("generates 48 letters and digits, which need no escaping", async () =>
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
    const recording = await recordCredential({ source: generatedWith("sk-") });
    expect(reveal(find(recording, SECRET, "c-one").inputs["stringData"])).to.deep.equal({
      password: `sk-${mockPassword("c-value", 48)}`,
    });
  });

  it("uses a given value instead of a generated one, and marks it as secret", async () => {
    const recording = await recordCredential({ source: { kind: "config", value: pulumi.output("given") } });
    expect(ofType(recording, PASSWORD)).to.deep.equal([]);
    expect(secretsIn(find(recording, SECRET, "c-one").inputs)).to.deep.equal([
      { path: "stringData", value: { password: "given" } },
    ]);
  });

  it("returns an existing Secret, and creates nothing", async () => {
    const source = { kind: "existing", name: "kept", key: "token" } as const;
    const recording = await record(() => ({ ref: new Credential("c", { ...ARGS, source }).refIn("one") }));
    expect(recording.outputs).to.deep.equal({ ref: { name: "kept", key: "token" } });
    expect([...ofType(recording, SECRET), ...ofType(recording, PASSWORD)]).to.deep.equal([]);
  });

  it("adds no prefix to a value from another source", () => {
    const existing = { kind: "existing", name: "kept", key: "token" } as const;
    const config = { kind: "config", value: pulumi.output("given") } as const;
    for (const source of [existing, config]) expect(generatedWith("sk-", source)).to.equal(source);
    expect(generatedWith("sk-", { kind: "generated" })).to.deep.equal(generatedWith("sk-"));
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

  it("returns the names of its Secrets, never the value", async () => {
    const recording = await recordCredential();
    const { outputs } = find(recording, "llm-platform:foundation:Credential", "c");
    expect(outputs).to.deep.equal({
      secretNames: {
        one: find(recording, SECRET, "c-one").id.slice("one/".length),
        two: find(recording, SECRET, "c-two").id.slice("two/".length),
      },
    });
  });

  it("never regenerates a write-once value", async () => {
    expect(
      find(await recordCredential({ writeOnce: LOSS }), PASSWORD, "c-value").ignoreChanges,
    ).to.deep.equal(["*"]);
    expect(find(await recordCredential(), PASSWORD, "c-value").ignoreChanges).to.deep.equal([]);
  });

  it("hands its protection to the value and the Secrets", async () => {
    const { resources } = await recordCredential({}, { protect: true });
    expect(resources.map(({ name, protect }) => [name, protect])).to.have.deep.members(
      ["c", "c-value", "c-one", "c-two"].map((name) => [name, true]),
    );
  });

  it("creates one Secret if a namespace is listed twice", async () =>
    expect(ofType(await recordCredential({ namespaces: ["one", "one"] }), SECRET)).to.have.length(1));

  it("has no Secret in another namespace, and reports where it has", async () => {
    const error = await record(() => new Credential("c", ARGS).refIn("three")).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).message).to.equal(
      'no Secret in namespace "three"; the credential is in one, two',
    );
  });
});

describe("Credential from 1Password, through the operator", () => {
  const source = { kind: "onepassword-operator", vault: "Lab", item: "LiteLLM", field: "api-key" } as const;

  it("creates the item in each namespace, and waits until its Secret exists", async () => {
    const recording = await recordCredential({ source });
    expect(inventory(recording)).to.deep.equal([
      `${ITEM} c-one`,
      `${ITEM} c-two`,
      "llm-platform:foundation:Credential c",
    ]);
    expect(find(recording, ITEM, "c-two").inputs).to.deep.equal({
      apiVersion: "onepassword.com/v1",
      kind: "OnePasswordItem",
      metadata: {
        namespace: "two",
        labels: {
          "app.kubernetes.io/name": "app",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
        annotations: {
          "operator.1password.io/auto-restart": "true",
          "pulumi.com/waitFor": "condition=Ready",
        },
      },
      spec: { itemPath: "vaults/Lab/items/LiteLLM" },
    });
  });

  it("hands over the Secret that is named like the item, and the field's label as its key", async () => {
    const recording = await recordCredential({ source });
    expect(recording.outputs).to.deep.equal({
      one: { name: find(recording, ITEM, "c-one").id.slice("one/".length), key: "api-key" },
    });
  });
});

describe("Credential and the hash of its value", () => {
  const hashOf = async (args: Partial<CredentialArgs>) => {
    const { outputs } = await record(() => ({
      hash: new Credential("c", { ...ARGS, ...args }).bcryptHash ?? "none",
    }));
    return outputs["hash"];
  };
  const given = { value: pulumi.output("given"), bcryptHash: pulumi.output("$2a$10$given") };

  it("returns the provider's hash of a generated value as a secret", async () => {
    const hash = await hashOf({ hashed: true });
    expect(isSecret(hash)).to.equal(true);
    expect(reveal(hash)).to.match(/^\$2a\$10\$.{40,}$/);
  });

  it("returns a given hash, and marks it as secret", async () => {
    const hash = await hashOf({ hashed: true, source: { kind: "config", ...given } });
    expect(isSecret(hash)).to.equal(true);
    expect(reveal(hash)).to.equal("$2a$10$given");
  });

  it("has no hash of a value with a prefix", async () =>
    expect(await hashOf({ source: generatedWith("sk-") })).to.equal("none"));

  it("makes none itself", async () =>
    expect(await hashOf({ source: { kind: "config", value: given.value } })).to.equal("none"));
});

describe("Credential with derived values", () => {
  const derived = { url: (password: string) => `redis://app:${password}@redis` };

  it("stores them with the value, also as secrets", async () => {
    const secret = find(await recordCredential({ derived }), SECRET, "c-one");
    expect(shown(secret)).to.deep.include({ stringData: { password: "[secret]", url: "[secret]" } });
    expect(reveal(secret.inputs["stringData"])).to.deep.equal({
      password: mockPassword("c-value", 48),
      url: `redis://app:${mockPassword("c-value", 48)}@redis`,
    });
  });
});

describe("Credential that is written once", () => {
  const stash = async (args: Partial<CredentialArgs>) =>
    find(await recordCredential({ writeOnce: LOSS, ...args }), STASH, "c-first").inputs["input"];

  it("keeps a hash of the value, secret, to compare the next one with", async () => {
    const input = await stash({ source: { kind: "config", value: pulumi.output("given") } });
    expect(isSecret(input)).to.equal(true);
    expect(reveal(input)).to.equal(createHash("sha256").update("given").digest("hex"));
  });

  it("compares only the value, so that it can move from one source to another", async () => {
    const same = { kind: "config", value: pulumi.secret(`sk-${mockPassword("c-value", 48)}`) } as const;
    expect(await stash({ source: same })).to.deep.equal(await stash({ source: generatedWith("sk-") }));
  });

  it("keeps the place of a value that the program does not see", async () => {
    expect(await stash({ source: { kind: "existing", name: "kept", key: "token" } })).to.equal(
      "existing kept/token",
    );
    expect(
      await stash({ source: { kind: "onepassword-operator", vault: "Lab", item: "a b", field: "f" } }),
    ).to.equal("onepassword-operator vaults/Lab/items/a b f");
  });

  it("warns in each update that it cannot detect a change of such a value", async () => {
    const operator = { kind: "onepassword-operator", vault: "Lab", item: "a b", field: "f" } as const;
    const existing = { kind: "existing", name: "kept", key: "token" } as const;
    const warning = unseenValue("c", LOSS);
    expect(warning).to.equal(
      "c is written once, and its value is in an existing Secret: another Secret is rejected, " +
        "but another value in it goes unnoticed and would lose all chats",
    );
    for (const source of [existing, operator]) {
      expect(await warningsOf({ writeOnce: LOSS, source })).to.deep.equal([warning]);
      expect(await warningsOf({ source })).to.deep.equal([]);
    }
    expect(await warningsOf({ writeOnce: LOSS })).to.deep.equal([]);
    const seen = { kind: "config", value: pulumi.output("given") } as const;
    expect(await warningsOf({ writeOnce: LOSS, source: seen })).to.deep.equal([]);
  });

  it("creates its Secrets after the comparison", async () => {
    const recording = await recordCredential({ writeOnce: LOSS });
    const { urn } = find(recording, STASH, "c-first");
    for (const { dependencies } of ofType(recording, SECRET)) expect(dependencies).to.include(urn);
  });

  it("does not return the name of an existing Secret before the comparison", async () => {
    const recording = await record(() => {
      const source = { kind: "existing", name: "kept", key: "token" } as const;
      const { name } = new Credential("c", { ...ARGS, writeOnce: LOSS, source }).refIn("one");
      new pulumi.Stash("user", { input: name });
    });
    const user = find(recording, STASH, "user");
    expect(user.inputs["input"]).to.equal("kept");
    expect(user.dependencies).to.include(find(recording, STASH, "c-first").urn);
  });

  it("reports what would be lost, and the two options", () =>
    expect(() => refuseChange("every provider credential stored in the database")({ urn: "urn:x" })).to.throw(
      "its source or value changes, which would lose every provider credential stored in the database. " +
        "Set it back. If this is the same value from another source, or if you accept the loss: " +
        "pulumi state unprotect 'urn:x' && pulumi up --replace 'urn:x'",
    ));

  it("compares nothing that may change", async () =>
    expect(ofType(await recordCredential(), STASH)).to.deep.equal([]));

  it("protects and keeps the value and its Secrets where it is to be retained", async () => {
    const { resources } = await recordCredential({ writeOnce: LOSS, retain: true });
    expect(
      resources
        .filter(({ custom }) => custom)
        .map(({ name, protect, retainOnDelete }) => [name, protect, retainOnDelete]),
    ).to.have.deep.members(["c-value", "c-first", "c-one", "c-two"].map((name) => [name, true, true]));
  });
});

describe("a credential whose source changes", () => {
  /** Two credentials, and the Secret that the pods of each get. */
  const recordTwo = (source: CredentialArgs["source"]): Promise<Recording> =>
    record(() => ({
      switched: new Credential("a", { ...ARGS, ...(source === undefined ? {} : { source }) }).refIn("one"),
      other: new Credential("b", ARGS).refIn("one"),
    }));
  const ofOther = ({ resources }: Recording) => resources.filter(({ name }) => name.startsWith("b"));

  const SOURCES: readonly (readonly [what: string, source: NonNullable<CredentialArgs["source"]>])[] = [
    ["another value", { kind: "config", value: pulumi.secret("another") }],
    ["an existing Secret", { kind: "existing", name: "kept", key: "token" }],
    ["an item of 1Password", { kind: "onepassword-operator", vault: "Lab", item: "app", field: "password" }],
  ];
  for (const [what, source] of SOURCES) {
    it(`rolls the pods that use it, and no others: ${what}`, async () => {
      const [before, after] = [await recordTwo(undefined), await recordTwo(source)];
      expect(after.outputs["switched"]).to.not.deep.equal(before.outputs["switched"]);
      expect(after.outputs["other"]).to.deep.equal(before.outputs["other"]);
      expect(ofOther(after)).to.deep.equal(ofOther(before));
    });
  }

  it("rolls nothing when the value stays the same: its Secret is the same", async () => {
    const same = { kind: "config", value: pulumi.secret(mockPassword("a-value", 48)) } as const;
    const [before, after] = [await recordTwo(undefined), await recordTwo(same)];
    expect(after.outputs).to.deep.equal(before.outputs);
    expect(find(after, SECRET, "a-one").inputs).to.deep.equal(find(before, SECRET, "a-one").inputs);
  });
});

describe("what Credential refuses", () => {
  const operator = { kind: "onepassword-operator", vault: "Lab", item: "app", field: "password" } as const;
  const existing = { kind: "existing", name: "kept", key: "token" } as const;
  const derived = { url: (value: string) => value };
  const UNSEEN = "cannot be derived: the program cannot read the value of an existing Secret";
  const CASES: readonly (readonly [
    what: string,
    args: Partial<CredentialArgs>,
    path: string,
    reason: string,
  ])[] = [
    [
      "a value without the hash that its server wants",
      { hashed: true, source: { kind: "config", value: pulumi.output("given") } },
      "source.bcryptHash",
      "is required: the server knows this value by its bcrypt hash, which is made for generated values only",
    ],
    [
      "a hash of a value with a text before it",
      { hashed: true, source: generatedWith("sk-") },
      "source.prefix",
      "must be empty: the hash does not cover it",
    ],
    [
      "a label that the operator would rewrite",
      { source: { ...operator, field: "api key" } },
      "source.field",
      'must be letters, digits, "-", "_" and ".": the operator rewrites other labels',
    ],
    ["a text derived from an existing Secret", { source: existing, derived }, "derived.url", UNSEEN],
    ["a text made from 1Password's value", { source: operator, derived }, "derived.url", UNSEEN],
    [
      "a text in the value's own place",
      { derived: { password: (value) => value } },
      "derived.password",
      "is already the key of the value itself",
    ],
  ];
  for (const [what, args, propertyPath, reason] of CASES) {
    it(what, async () => {
      const error: unknown = await recordCredential(args).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([{ propertyPath, reason }]);
    });
  }
});
