import { compare } from "bcryptjs";
import { expect } from "chai";
import { OperationFailed } from "../../../../sandbox/engine/shared/errors.ts";
import { Secret, unknown, withoutSecrets } from "../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap } from "../../../../sandbox/engine/shared/property-values.ts";
import type { EngineLog } from "../../../../sandbox/engine/shared/engine-log.ts";
import type { DiffResult, Operation } from "../../../../sandbox/engine/shared/provider.ts";
import { randomText } from "../../../../sandbox/engine/random/characters.ts";
import type { CharacterRules } from "../../../../sandbox/engine/random/characters.ts";
import { createRandomProvider } from "../../../../sandbox/engine/random/random-provider.ts";

const provider = createRandomProvider("1.2.3");
const nothing = (): void => undefined;
const log: EngineLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, status: nothing };
const operation: Operation = { signal: new AbortController().signal, log };

type TypeName = "Password" | "String" | "Id" | "Uuid" | "Integer";
const identity = (name: TypeName) => ({
  urn: `urn:pulumi:dev::p::random:index/random${name}:Random${name}::x`,
  type: `random:index/random${name}:Random${name}`,
  name: "x",
});

async function failuresOf(name: TypeName, inputs: PropertyMap): Promise<string[]> {
  const request = {
    ...identity(name),
    inputs,
    oldInputs: {},
    randomSeed: new Uint8Array(),
    autonaming: undefined,
  };
  const { failures = [] } = await provider.check(request, operation);
  return failures.map(({ property, reason }) => `${property ?? ""} ${reason}`);
}

async function create(name: TypeName, inputs: PropertyMap, preview = false) {
  return provider.create({ ...identity(name), inputs, preview, timeoutSeconds: undefined }, operation);
}

async function diff(name: TypeName, oldInputs: PropertyMap, inputs: PropertyMap): Promise<DiffResult> {
  return provider.diff(
    { ...identity(name), id: "id", oldInputs, oldOutputs: {}, inputs, ignoreChanges: [] },
    operation,
  );
}

const read = async (name: TypeName, id: string, oldInputs: PropertyMap = {}, oldOutputs: PropertyMap = {}) =>
  provider.read({ ...identity(name), id, oldInputs, oldOutputs }, operation);

const all: CharacterRules = {
  length: 10,
  upper: true,
  lower: true,
  numeric: true,
  special: true,
  minUpper: 0,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  overrideSpecial: "",
};
const none = { upper: false, lower: false, numeric: false, special: false };

describe("engine: random text", () => {
  const tables: [string, Partial<CharacterRules>, RegExp][] = [
    [
      "all classes",
      { length: 500 },
      /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#$%&*()\-_=+[\]{}<>:?])[ -~]{500}$/,
    ],
    ["upper case", { ...none, upper: true }, /^[A-Z]{10}$/],
    ["lower case", { ...none, lower: true }, /^[a-z]{10}$/],
    ["digits", { ...none, numeric: true }, /^\d{10}$/],
    ["special characters", { ...none, special: true }, /^[!@#$%&*()\-_=+[\]{}<>:?]{10}$/],
    ["its own special characters", { ...none, special: true, overrideSpecial: "~é" }, /^[~é]{10}$/],
    [
      "no special characters unless switched on",
      { special: false, overrideSpecial: "~" },
      /^[A-Za-z\d]{10}$/,
    ],
    ["the minimum of a class that is switched off", { upper: false, minUpper: 10 }, /^[A-Z]{10}$/],
  ];
  for (const [name, rules, pattern] of tables) {
    it(`has ${name}`, () => expect(randomText({ ...all, ...rules })).to.match(pattern));
  }

  it("always has the minimum of each class, and the right length", () => {
    const rules = { ...all, length: 10, minUpper: 1, minLower: 2, minNumeric: 3, minSpecial: 4 };
    for (let round = 0; round < 200; round++) {
      const text = randomText(rules);
      const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
      expect([count(/[A-Z]/g), count(/[a-z]/g), count(/\d/g), text.length]).to.deep.equal([1, 2, 3, 10]);
    }
  });

  it("draws every character equally often, at every place", () => {
    // 62 characters, 62,000 draws: 1,000 expected each, standard deviation 31. Six of them: once in 10^7 runs.
    const counts = new Map<string, number>();
    for (const character of randomText({ ...all, special: false, length: 62_000 })) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).to.equal(62);
    for (const [character, count] of counts) expect(count, character).to.be.within(810, 1190);

    // Where the one required digit ends up: 4 places, 4,000 draws, standard deviation 27.
    const places = [0, 0, 0, 0];
    for (let round = 0; round < 4000; round++) {
      const place = randomText({ ...all, ...none, lower: true, length: 4, minNumeric: 1 }).search(/\d/);
      places[place] = (places[place] ?? 0) + 1;
    }
    for (const count of places) expect(count).to.be.within(835, 1165);
  });
});

describe("engine: random resources", () => {
  describe("check", () => {
    const accepted: [TypeName, PropertyMap][] = [
      ["Password", { length: 1 }],
      ["Password", { length: 4, minUpper: 4 }],
      ["Password", { length: 8, numeric: false, number: false, special: null }],
      ["Password", { length: unknown, minLower: 50 }],
      ["Password", { length: 4, minLower: unknown, keepers: unknown }],
      ["Password", { length: new Secret(8), keepers: { a: new Secret("b"), c: unknown } }],
      ["Password", { length: 8, __defaults: [] }],
      ["String", { length: 8, upper: false, lower: false, special: false }],
      ["Id", { byteLength: 1, prefix: "p" }],
      ["Uuid", {}],
      ["Integer", { min: 5, max: 5 }],
    ];
    for (const [name, inputs] of accepted) {
      it(`accepts ${name} ${JSON.stringify(inputs)}`, async () => {
        expect(await failuresOf(name, inputs)).to.deep.equal([]);
      });
    }

    const refused: [TypeName, PropertyMap, string][] = [
      ["Password", {}, "length is required"],
      ["Password", { length: 0 }, "length must be at least 1, got: 0"],
      ["Password", { length: "8" }, "length is not a valid integer"],
      ["Password", { length: 1.5 }, "length is not a valid integer"],
      ["Password", { length: 8, minUpper: -1 }, "minUpper must be at least 0, got: -1"],
      [
        "String",
        { length: 9, minUpper: 1, minLower: 2, minNumeric: 3, minSpecial: 4 },
        "length must be at least the sum of minUpper, minLower, minNumeric, minSpecial (10), got: 9",
      ],
      ["Password", { length: 8, special: "yes" }, "special is not a valid boolean"],
      [
        "Password",
        { length: 8, numeric: true, number: false },
        "number number and numeric differ: set numeric only",
      ],
      [
        "String",
        { length: 8, ...none },
        "numeric at least one of upper, lower, numeric, special must be true",
      ],
      ["String", { length: 8, keepers: { a: 1 } }, "keepers is not a valid map of strings"],
      ["Uuid", { version: 4 }, "version is not an input of this type, which has: keepers"],
      ["Id", { byteLength: 0 }, "byteLength must be at least 1, got: 0"],
      ["Integer", { min: 6, max: 5 }, "min must not be above max (5), got: 6"],
      [
        "Integer",
        { min: 0, max: 5, seed: "s" },
        "seed a seed is not supported by the sandbox's stand-in: leave it out",
      ],
      [
        "Integer",
        { min: 0, max: 2 ** 48 },
        "max the sandbox's stand-in draws from less than 2^48 numbers: lower max",
      ],
    ];
    for (const [name, inputs, message] of refused) {
      it(`refuses ${name} ${JSON.stringify(inputs)}`, async () => {
        expect(await failuresOf(name, inputs)).to.deep.equal([message]);
      });
    }

    it("reports all problems of one kind at once", async () => {
      expect(await failuresOf("Integer", { min: "1", x: 1 })).to.have.length(3);
    });

    it("rejects unknown types with a list of the known ones", async () => {
      const type = "random:index/randomPet:RandomPet";
      const error: unknown = await provider
        .create({ ...identity("Id"), type, inputs: {}, preview: false, timeoutSeconds: undefined }, operation)
        .catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(OperationFailed);
      expect((error as Error).message)
        .to.include(type)
        .and.to.include("RandomPassword, RandomString, RandomId");
    });
  });

  describe("diff", () => {
    const same: [TypeName, PropertyMap, PropertyMap][] = [
      ["Password", { length: 8 }, { length: 8, special: true, upper: true, number: true, minUpper: 0 }],
      ["Password", { length: 8, number: false }, { length: 8, numeric: false }],
      ["Password", { length: 8, overrideSpecial: "" }, { length: 8 }],
      ["Password", { length: 8, keepers: {} }, { length: 8 }],
      ["Password", { length: 8, keepers: { a: null } }, { length: 8, keepers: {} }],
      ["Password", { length: 8, keepers: { a: "1", b: "2" } }, { length: 8, keepers: { b: "2", a: "1" } }],
      ["Password", { length: 8, __defaults: [] }, { length: new Secret(8) }],
      ["Id", { byteLength: 8 }, { byteLength: 8, prefix: null }],
    ];
    for (const [name, before, after] of same) {
      it(`sees no change in ${name} from ${JSON.stringify(before)} to ${JSON.stringify(after)}`, async () => {
        // A refresh asks with swapped roles.
        for (const result of [await diff(name, before, after), await diff(name, after, before)]) {
          expect(result).to.deep.include({ changes: false, replaceKeys: [] });
        }
      });
    }

    const different: [TypeName, PropertyMap, PropertyMap, Record<string, string>][] = [
      ["Password", { length: 8 }, { length: 9 }, { length: "update-replace" }],
      ["Password", { length: 8 }, { length: unknown }, { length: "update-replace" }],
      ["Password", { length: 8 }, { length: 8, special: false }, { special: "add-replace" }],
      ["Password", { length: 8, overrideSpecial: "-" }, { length: 8 }, { overrideSpecial: "delete-replace" }],
      ["Password", { length: 8 }, { length: 8, keepers: { a: "1" } }, { keepers: "add-replace" }],
      [
        "Password",
        { length: 8, keepers: { a: "1" } },
        { length: 8, keepers: { a: unknown } },
        { keepers: "update-replace" },
      ],
      ["Id", { byteLength: 8 }, { byteLength: 8, prefix: "p" }, { prefix: "add-replace" }],
      ["Integer", { min: 1, max: 2 }, { min: 1, max: 3 }, { max: "update-replace" }],
      ["Uuid", { keepers: { a: "1" } }, { keepers: { b: "1" } }, { keepers: "update-replace" }],
    ];
    for (const [name, before, after, kinds] of different) {
      it(`replaces ${name} from ${JSON.stringify(before)} to ${JSON.stringify(after)}`, async () => {
        const { changes, replaceKeys, detailedDiff = {} } = await diff(name, before, after);
        expect(changes).to.be.true;
        expect(replaceKeys).to.deep.equal(Object.keys(kinds));
        expect(
          Object.fromEntries(Object.entries(detailedDiff).map(([key, { kind }]) => [key, kind])),
        ).to.deep.equal(kinds);
      });
    }
  });

  describe("create", () => {
    it("gives a password with the same fields as the official provider, its result and hash secret", async () => {
      const inputs = { length: 20, special: false, keepers: { a: new Secret("b") } };
      const { id, outputs } = await create("Password", inputs);
      const { result, bcryptHash, ...others } = outputs;
      expect(id).to.equal("none");
      expect(others).to.deep.equal({
        ...{ length: 20, upper: true, lower: true, numeric: true, number: true, special: false },
        ...{ minUpper: 0, minLower: 0, minNumeric: 0, minSpecial: 0, overrideSpecial: undefined },
        keepers: { a: new Secret("b") },
      });
      expect(result).to.be.instanceOf(Secret);
      expect(bcryptHash).to.be.instanceOf(Secret);
      const text = withoutSecrets(result) as string;
      expect(text).to.match(/^[A-Za-z0-9]{20}$/);
      expect(await compare(text, withoutSecrets(bcryptHash) as string)).to.be.true;
    });

    it("leaves what is drawn unknown in a preview, and secret where it will be", async () => {
      const password = await create("Password", { length: 20 }, true);
      expect(password.id).to.equal("");
      expect(password.outputs).to.deep.include({
        result: new Secret(unknown),
        bcryptHash: new Secret(unknown),
        special: true,
      });
      const identifier = await create("Id", { byteLength: 2 }, true);
      expect(identifier.outputs).to.deep.include({ byteLength: 2, hex: unknown, b64Url: unknown });
    });

    it("gives a string in plain, and as its id", async () => {
      const { id, outputs } = await create("String", { length: 12, special: false });
      expect(id).to.match(/^[A-Za-z0-9]{12}$/);
      expect(outputs["result"]).to.equal(id);
      expect(outputs).not.to.have.property("bcryptHash");
    });

    it("gives an identifier in four notations with the prefix", async () => {
      const { id, outputs } = await create("Id", { byteLength: 9, prefix: "p-" });
      const bytes = Buffer.from(id, "base64url");
      expect(bytes).to.have.length(9);
      expect(outputs).to.deep.include({
        b64Url: `p-${id}`,
        b64Std: `p-${bytes.toString("base64")}`,
        hex: `p-${bytes.toString("hex")}`,
        dec: `p-${BigInt(`0x${bytes.toString("hex")}`)}`,
      });
    });

    it("gives integers from min to max, both included", async () => {
      const seen = new Set<unknown>();
      for (let round = 0; round < 100; round++) {
        const { id, outputs } = await create("Integer", { min: -1, max: 1 });
        expect(id).to.equal(`${outputs["result"] as number}`);
        seen.add(outputs["result"]);
      }
      expect([...seen].toSorted()).to.deep.equal([-1, 0, 1]);
    });
  });

  describe("read", () => {
    it("keeps what is in the state", async () => {
      const oldInputs = { length: 3 };
      const oldOutputs = { length: 3, result: new Secret("abc") };
      expect(await read("Password", "none", oldInputs, oldOutputs)).to.deep.equal({
        id: "none",
        inputs: oldInputs,
        outputs: oldOutputs,
      });
    });

    it("imports a password by its value, and finds no change against a program with that length", async () => {
      const imported = await read("Password", "supersecret");
      expect(imported?.id).to.equal("none");
      expect(imported?.outputs["result"]).to.deep.equal(new Secret("supersecret"));
      expect(await diff("Password", imported?.inputs ?? {}, { length: 11 })).to.include({ changes: false });
    });

    const imports: [TypeName, string, string, PropertyMap, PropertyMap][] = [
      ["String", "abc", "abc", { length: 3 }, { result: "abc" }],
      ["Id", "AQID", "AQID", { byteLength: 3 }, { hex: "010203", dec: "66051" }],
      ["Id", "a,b,AQID", "AQID", { byteLength: 3, prefix: "a,b" }, { hex: "a,b010203" }],
      ["Integer", "7,1,9", "7", { min: 1, max: 9 }, { result: 7 }],
      [
        "Uuid",
        "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        {},
        { result: "6f9619ff-8b86-d011-b42d-00cf4fc964ff" },
      ],
    ];
    for (const [name, text, id, inputs, outputs] of imports) {
      it(`imports ${name} from ${text}`, async () => {
        const imported = await read(name, text);
        expect(imported?.id).to.equal(id);
        expect(imported?.inputs).to.deep.include(inputs);
        expect(imported?.outputs).to.deep.include(outputs);
      });
    }

    const unreadable: [TypeName, string][] = [
      ["Id", "not base64!"],
      ["Id", ""],
      ["Integer", "7"],
      ["Integer", "7,1,nine"],
      ["Uuid", "6f9619ff"],
    ];
    for (const [name, text] of unreadable) {
      it(`refuses to import ${name} from "${text}"`, async () => {
        const error: unknown = await read(name, text).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(OperationFailed);
        expect((error as Error).message).to.match(/^cannot import: expected/);
      });
    }
  });
});
