import { expect } from "chai";
import { imageReference } from "../../components/images.ts";

describe("imageReference", () => {
  it("names repository and tag", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0" })).to.equal("r.example.org/a:1.0"));
  it("and the digest where it is known", () =>
    expect(imageReference({ repository: "r.example.org/a", tag: "1.0", digest: "sha256:0" })).to.equal(
      "r.example.org/a:1.0@sha256:0",
    ));
});
