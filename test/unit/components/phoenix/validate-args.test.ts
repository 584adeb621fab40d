import { expect } from "chai";
import { imageReference, IMAGES, parseImage } from "../../../../components/core/images.ts";
import type { PhoenixArgs } from "../../../../components/phoenix/args.ts";
import { validatePhoenixArgs } from "../../../../components/phoenix/validate-args.ts";
import { ARGS, NODE_PORT } from "./fixtures.ts";

describe("validatePhoenixArgs", () => {
  const problems = (args: Partial<PhoenixArgs>) => validatePhoenixArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () =>
    expect(
      problems({ retentionDays: 30, publicUrl: "http://10.0.0.1:30060", exposure: NODE_PORT }),
    ).to.deep.equal([]));
  for (const publicUrl of [
    "traces.example.org",
    "https://a.example.org/",
    "https://a.example.org/x",
    "ftp://a.example.org",
    "https://a.example.org,https://b.example.org",
    "https://A.example.org",
  ]) {
    it(`refuses the address ${publicUrl}`, () =>
      expect(problems({ publicUrl })).to.deep.equal([
        { propertyPath: "publicUrl", reason: "must be like https://traces.example.org, without a path" },
      ]));
  }
  for (const retentionDays of [-1, 0.5, NaN]) {
    it(`refuses ${retentionDays} days`, () =>
      expect(problems({ retentionDays }).map(({ propertyPath }) => propertyPath)).to.deep.equal([
        "retentionDays",
      ]));
  }
});

describe("the image of Phoenix", () => {
  it("is one that a configuration could name, too", () =>
    expect(parseImage(imageReference(IMAGES.phoenix))).to.deep.equal(IMAGES.phoenix));
  it("runs as another user than root", () => expect(IMAGES.phoenix.tag).to.match(/-nonroot$/));
  for (const tag of ["version-20", "version-latest", "version-"]) {
    it(`is not ${tag}`, () =>
      expect(parseImage(`docker.io/arizephoenix/phoenix:${tag}`)).to.equal(undefined));
  }
});
