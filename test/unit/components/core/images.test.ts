import { expect } from "chai";
import { imageNamed, imageReference } from "../../../../components/core/images.ts";

describe("imageReference", () => {
  it("names repository and tag", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0" })).to.equal("r.example.org/a:1.0"));
  it("and the digest where it is known", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0", digest: "sha256:0" })).to.equal(
      "r.example.org/a:1.0@sha256:0",
    ));
});

describe("imageNamed", () => {
  it("is the image of a whole reference", () =>
    expect(imageNamed("r.example.org/a:1.0")).to.deep.equal({ repository: "r.example.org/a", tag: "1.0" }));
  it("is not replaced by the platform's own image", () =>
    expect(() => imageNamed("a:latest")).to.throw("a:latest is no reference to an image"));
});
