import {
  specialResourceSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from "@pulumi/pulumi/runtime/rpc.js";
import { expect } from "chai";
import fc from "fast-check";
import structpb from "google-protobuf/google/protobuf/struct_pb.js";
import { fromStruct, toStruct } from "../../../../../sandbox/engine/shared/property-marshalling.ts";
import {
  Archive,
  Asset,
  containsSecret,
  containsUnknown,
  Output,
  ResourceReference,
  Secret,
  unknown,
  withoutSecrets,
  withSecretsLike,
} from "../../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../../../../../sandbox/engine/shared/property-values.ts";

/** Through the bytes of the wire and back. */
function roundTrip(properties: PropertyMap): PropertyMap {
  return fromStruct(structpb.Struct.deserializeBinary(toStruct(properties).serializeBinary()));
}

const leaves: Record<string, PropertyValue> = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  "a negative fraction": -1.5,
  "the largest safe integer": Number.MAX_SAFE_INTEGER,
  "an empty text": "",
  "text outside ASCII": 'ä 漢 🙂 "\\\n',
  "an empty list": [],
  "an empty object": {},
  unknown,
  "a secret": new Secret("s3cret"),
  "a secret null": new Secret(null),
  "a secret that is unknown": new Secret(unknown),
  "an output": new Output({ a: [1] }, true, ["urn:a", "urn:b"]),
  "an unknown output": new Output(undefined, false, []),
  "a text asset": new Asset({ text: "hello", hash: "abc" }),
  "an asset with only a hash": new Asset({ hash: "abc" }),
  "an archive by path": new Archive({ path: "./x" }),
  "an archive of members": new Archive({ assets: { "a.txt": new Asset({ text: "a" }) } }),
  "a resource": new ResourceReference("urn:pulumi:s::p::t::n", "id-1", "1.2.3"),
  "a resource without its id yet": new ResourceReference("urn:pulumi:s::p::t::n", unknown, undefined),
  "a component": new ResourceReference("urn:pulumi:s::p::t::n", undefined, undefined),
};

describe("engine: property values on the wire", () => {
  for (const [name, value] of Object.entries(leaves)) {
    it(`${name} comes back the same, also inside lists, objects and secrets`, () => {
      const properties = { plain: value, list: [value, "x", value], object: { deep: { value } } };
      expect(roundTrip(properties)).to.deep.equal(properties);
      expect(roundTrip({ secret: new Secret([value]) })).to.deep.equal({ secret: new Secret([value]) });
    });
  }

  it("any tree of them comes back the same", () => {
    const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constantFrom(...Object.values(leaves)));
    const maps = { noNullPrototype: true };
    // google-protobuf keeps a map in a plain object, which cannot have this key.
    const key = fc.string().filter((text) => text !== "__proto__");
    const { tree } = fc.letrec<{ tree: PropertyValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree")),
        fc.dictionary(key, tie("tree"), maps),
        tie("tree").map((value) => new Secret(value)),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, maps), (properties) => {
        expect(roundTrip(properties)).to.deep.equal(properties);
      }),
    );
  });

  it("drops undefined in objects and keeps its place as null in lists", () => {
    expect(roundTrip({ a: undefined, b: { c: undefined }, d: [undefined, 1] })).to.deep.equal({
      b: {},
      d: [null, 1],
    });
  });

  it("writes the markers that the engine reads", () => {
    expect(toStruct({ s: new Secret(1), u: unknown }).toJavaScript()).to.deep.equal({
      s: { [specialSigKey]: specialSecretSig, value: 1 },
      u: unknownValue,
    });
  });

  it("reads every kind of unknown", () => {
    const kinds = [
      "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
      "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
      unknownValue,
      "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
      "030794c1-ac77-496b-92df-f27374a8bd58",
      "e48ece36-62e2-4504-bad9-02848725956a",
      "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ];
    expect(fromStruct(structpb.Struct.fromJavaScript({ kinds }))).to.deep.equal({
      kinds: kinds.map(() => unknown),
    });
  });

  it("reads an empty id of a resource as not known yet", () => {
    const reference = { [specialSigKey]: specialResourceSig, urn: "urn:a", id: "" };
    expect(fromStruct(structpb.Struct.fromJavaScript({ reference }))).to.deep.equal({
      reference: new ResourceReference("urn:a", unknown, undefined),
    });
  });

  it("rejects an unknown marker instead of storing it as data", () => {
    const struct = structpb.Struct.fromJavaScript({
      x: { [specialSigKey]: "803fd3297a5875dc03ca845dda5d2a98" },
    });
    expect(() => fromStruct(struct)).to.throw("signature that is not known here");
  });
});

describe("engine: secrets and unknowns inside values", () => {
  const deep = (value: PropertyValue): PropertyMap => ({ a: [{ b: value }] });

  it("finds them at any depth", () => {
    expect(containsSecret(deep(new Secret(1)))).to.be.true;
    expect(containsSecret(deep(new Output(1, true, [])))).to.be.true;
    expect(containsSecret(deep(1))).to.be.false;
    expect(containsUnknown(deep(unknown))).to.be.true;
    expect(containsUnknown(deep(new Secret({ c: unknown })))).to.be.true;
    expect(containsUnknown(deep(new Output(undefined, false, [])))).to.be.true;
    expect(containsUnknown(deep(new Secret(1)))).to.be.false;
  });

  it("removes wrappers, and keeps unknowns", () => {
    expect(withoutSecrets(deep(new Secret({ c: new Secret(1), d: unknown })))).to.deep.equal(
      deep({ c: 1, d: unknown }),
    );
    expect(withoutSecrets(new Output(undefined, true, []))).to.equal(unknown);
  });

  it("puts secrets back where they were, and over a whole list", () => {
    const like = { a: new Secret(1), b: { c: new Secret(2), d: 3 }, e: [new Secret(4), 5], f: 6 };
    expect(withSecretsLike({ a: 10, b: { c: 20, d: 30 }, e: [50, 40], f: 60, g: 70 }, like)).to.deep.equal({
      a: new Secret(10),
      b: { c: new Secret(20), d: 30 },
      e: new Secret([50, 40]),
      f: 60,
      g: 70,
    });
  });
});
